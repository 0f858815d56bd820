import { expect, it } from "vitest";
import { candidatesIn, chosenOf, LAYOUTS } from "../../site/src/image/chosen-file.ts";
import { variant } from "./support.ts";

const srcset = "https://host/public/1/2/small.webp 512w, https://host/public/1/2/large.webp 1000w";
const jpeg = "https://host/public/1/2/small.jpeg 512w, https://host/public/1/2/large.jpeg 1000w";
const img = { src: "", srcset: jpeg, width: 1000, height: 500, alt: "" };
const variants = [
  variant("small", 512, 256, { format: "webp", bytes: 10 }),
  variant("large", 1000, 500, { format: "webp", bytes: 30 }),
  variant("small", 512, 256, { bytes: 20 }),
];

it("browsers choose from the first format, and each file weighs what its variant does", () => {
  const sources = [{ type: "image/webp", srcset }];
  expect(candidatesIn({ sources, img }, variants)).toEqual([
    { file: "small.webp", width: 512, variant: variants[0] },
    { file: "large.webp", width: 1000, variant: variants[1] },
  ]);
  expect(candidatesIn({ sources: [], img }, variants)).toEqual([
    { file: "small.jpeg", width: 512, variant: variants[2] },
    { file: "large.jpeg", width: 1000, variant: undefined },
  ]);
});

it.each([
  ["exactly enough pixels", 512, 1, 512],
  ["a pixel too few", 513, 1, 1000],
  ["more than there are", 1400, 1, 1400],
  ["far more than there are", 1400, 2, 1400],
  ["exactly enough on a dense screen", 256, 2, 512],
  ["half a pixel too few on a dense screen", 256.25, 2, 1000],
])("%s: %f pixels at %ix take the file of %i", (_, slotPixels, density, width) => {
  const candidates = [512, 1000, 1400].map((width) => ({ file: `${width}.webp`, width, variant: undefined }));
  expect(chosenOf(candidates, slotPixels, density)?.width).toBe(width);
});

it.each([
  ["full", 390, 390],
  ["full", 1900, 1000],
  ["half", 767, 767],
  ["half", 768, 384],
  ["quarter", 1600, 400],
] as const)(
  "shown %s, in a window of %i pixels, a picture of 1000 has %i",
  (layout, windowPixels, pixels) => {
    expect(LAYOUTS[layout].slotPixels(windowPixels, 1000)).toBe(pixels);
  },
);
