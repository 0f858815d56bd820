/** Writes the pictures of the web app's first page, of samples as the pipeline makes them now: node tools/samples/make-landing.ts. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { Publication } from "../../functions/shared/image-record.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const PICTURES = join(PROJECT, "site/src/app/landing-pictures");
const SHOWN: [sample: string, variants: string[]][] = [
  ["coffee.png", ["large"]],
  ["rocket.jpg", ["small", "thumbnail"]],
  ["chelsea.png", ["large", "thumbnail"]],
];

const out = mkdtempSync(join(tmpdir(), "landing-"));
try {
  const samples = SHOWN.map(([sample]) => join(PROJECT, "samples", sample));
  execFileSync(process.execPath, ["cli/process.ts", ...samples, "--out", out], {
    cwd: PROJECT,
    stdio: "inherit",
  });
  mkdirSync(PICTURES, { recursive: true });
  const facts = Object.fromEntries(
    await Promise.all(SHOWN.map(async ([sample, variants]) => [sample, await write(sample, variants)])),
  );
  writeFileSync(join(PICTURES, "facts.json"), `${JSON.stringify(facts, undefined, 2)}\n`);
} finally {
  rmSync(out, { recursive: true });
}

/** @returns what the page says of it. */
async function write(sample: string, names: string[]) {
  const { folder, published } = processed(sample);
  const [subject = ""] = sample.split(".");
  const picked = published.variants.filter(({ name, format }) => names.includes(name) && format === "webp");
  for (const { name } of picked)
    writeFileSync(join(PICTURES, `${subject}-${name}.webp`), readFileSync(join(folder, `${name}.webp`)));
  if (sample === "coffee.png")
    // As it is, it weighs more than the whole page: what is compared is the mark, and nobody sees that this was compressed.
    await sharp(join(PROJECT, "samples", sample))
      .webp({ quality: 82, effort: 6 })
      .toFile(join(PICTURES, `${subject}-original.webp`));
  const { format, width, height, bytes } = published.original;
  return {
    original: { format, width, height, bytes },
    variants: Object.fromEntries(
      picked.map(({ name, format, width, height, bytes }) => [name, { format, width, height, bytes }]),
    ),
  };
}

function processed(sample: string): { folder: string; published: Publication } {
  for (const name of readdirSync(out)) {
    const folder = join(out, name);
    const { original, published } = JSON.parse(readFileSync(join(folder, "metadata.json"), "utf8"));
    if (original.key === sample) return { folder, published };
  }
  throw new Error(`${sample} was not processed.`);
}
