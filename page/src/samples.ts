// What can be tried without a photo. The drawings are shown; what is sent is a picture of them.

import { pictureAt, type Picture } from "./pictures";
import jacket from "../../samples/garment-denim-jacket.png?url";
import jacketDrawn from "../../samples/garment-denim-jacket.svg?url";
import sweater from "../../samples/garment-knit-sweater.png?url";
import sweaterDrawn from "../../samples/garment-knit-sweater.svg?url";
import shirt from "../../samples/garment-linen-shirt.png?url";
import shirtDrawn from "../../samples/garment-linen-shirt.svg?url";
import person from "../../samples/person-nasa-eileen-collins.jpg?url";

export type SampleName = "person" | "shirt" | "sweater" | "jacket";

export interface Sample extends Picture {
  name: SampleName;
}

const sample = (name: SampleName, src: string, bytesAt?: string): Sample => ({
  ...pictureAt("sample", name, src, bytesAt),
  name,
});

export const persons: readonly [Sample, ...Sample[]] = [sample("person", person)];
export const garments: readonly Sample[] = [
  sample("shirt", shirtDrawn, shirt),
  sample("sweater", sweaterDrawn, sweater),
  sample("jacket", jacketDrawn, jacket),
];
