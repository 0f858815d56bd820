import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import facts from "../../site/src/app/landing-pictures/facts.json" with { type: "json" };
import { sample } from "../fixtures/images.ts";

const PICTURES = join(import.meta.dirname, "../../site/src/app/landing-pictures");

/** Phones load it over their networks. */
const MOST_BYTES = 130_000;

it("what the first page says of its pictures is true", async () => {
  for (const [name, { original, variants }] of Object.entries(facts)) {
    const { format, width, height } = await sharp(sample(name)).metadata();
    expect({ format, width, height, bytes: sample(name).length }).toEqual(original);
    for (const [variant, said] of Object.entries(variants)) {
      const bytes = readFileSync(join(PICTURES, `${name.split(".")[0]}-${variant}.webp`));
      const { format, width, height } = await sharp(bytes).metadata();
      expect({ format, width, height, bytes: bytes.length }).toEqual(said);
    }
  }
});

it("the pictures of the first page are small", () => {
  const sizes = readdirSync(PICTURES).map((name) => readFileSync(join(PICTURES, name)).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(MOST_BYTES);
});
