// What can be tried without a photo. The drawings are shown; what is sent is a picture of them.

import { sampleAt, type Picture } from "./pictures";
import chinos from "../../samples/garment-chino-trousers.png?url";
import chinosDrawn from "../../samples/garment-chino-trousers.svg?url";
import jacket from "../../samples/garment-denim-jacket.png?url";
import jacketDrawn from "../../samples/garment-denim-jacket.svg?url";
import sweater from "../../samples/garment-knit-sweater.png?url";
import sweaterDrawn from "../../samples/garment-knit-sweater.svg?url";
import shirt from "../../samples/garment-linen-shirt.png?url";
import shirtDrawn from "../../samples/garment-linen-shirt.svg?url";
import dress from "../../samples/garment-summer-dress.png?url";
import dressDrawn from "../../samples/garment-summer-dress.svg?url";
import portrait from "../../samples/person-nasa-eileen-collins.jpg?url";
import man from "../../samples/person-standing-man.png?url";
import manDrawn from "../../samples/person-standing-man.svg?url";
import woman from "../../samples/person-standing-woman.png?url";
import womanDrawn from "../../samples/person-standing-woman.svg?url";

export type SampleName = "portrait" | "woman" | "man" | "shirt" | "sweater" | "jacket" | "dress" | "chinos";

export interface Sample extends Picture {
  name: SampleName;
}

const sample = (name: SampleName, src: string, bytesAt?: string): Sample => ({
  ...sampleAt(name, src, bytesAt),
  name,
});

export const persons: readonly [Sample, ...Sample[]] = [
  sample("portrait", portrait),
  sample("woman", womanDrawn, woman),
  sample("man", manDrawn, man),
];
export const garments: readonly Sample[] = [
  sample("shirt", shirtDrawn, shirt),
  sample("sweater", sweaterDrawn, sweater),
  sample("jacket", jacketDrawn, jacket),
  sample("dress", dressDrawn, dress),
  sample("chinos", chinosDrawn, chinos),
];

export const sampleOf = (name: string): Sample | undefined =>
  [...persons, ...garments].find((one) => one.name === name);
