// Sample pictures, for trying it without a photo.

import { sampleAt, type Picture } from "./pictures";
import chinos from "../../samples/garment-chino-trousers.png?url";
import jacket from "../../samples/garment-denim-jacket.png?url";
import sweater from "../../samples/garment-knit-sweater.png?url";
import shirt from "../../samples/garment-linen-shirt.png?url";
import dress from "../../samples/garment-summer-dress.png?url";
import man from "../../samples/person-man.jpg?url";
import portrait from "../../samples/person-nasa-eileen-collins.jpg?url";
import woman from "../../samples/person-woman.jpg?url";

export type SampleName = "woman" | "man" | "portrait" | "shirt" | "sweater" | "jacket" | "dress" | "chinos";

export interface Sample extends Picture {
  name: SampleName;
}

const sample = (name: SampleName, src: string): Sample => ({ ...sampleAt(name, src), name });

/** The first is who is dressed unless somebody else is chosen: head to hips, before a plain wall. */
export const persons: readonly [Sample, ...Sample[]] = [
  sample("woman", woman),
  sample("man", man),
  sample("portrait", portrait),
];
export const garments: readonly Sample[] = [
  sample("shirt", shirt),
  sample("sweater", sweater),
  sample("jacket", jacket),
  sample("dress", dress),
  sample("chinos", chinos),
];

export const sampleOf = (name: string): Sample | undefined =>
  [...persons, ...garments].find((one) => one.name === name);
