/** Marks the staged variants, encodes them, and publishes them in the processed bucket. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { ImageRejected } from "../shared/errors.ts";
import { publishedPrefix, versionOf } from "../shared/keys.ts";
import type { Pixels } from "../shared/pixels.ts";
import {
  CONTENT_TYPES,
  environmentVariable,
  markSchema,
  type OutputFormat,
  settingFromEnvironment,
  type Variant,
  variantsSchema,
} from "../shared/settings.ts";
import {
  type Animation,
  type Image,
  type PublishedVariant,
  type StagedVariant,
  stagedSchema,
} from "../shared/state.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { assertNotDeleted, deleteObjects, readStaged, writeVariant } from "../shared/storage.ts";
import { encode } from "./encode.ts";
import { createMark, type MarkAt } from "./mark.ts";
import { stamp } from "./stamp.ts";

const variants = settingFromEnvironment("VARIANTS", variantsSchema);
const stagingBucket = environmentVariable("STAGING_BUCKET");
const processedBucket = environmentVariable("PROCESSED_BUCKET");
const markSetting = process.env.WATERMARK ? settingFromEnvironment("WATERMARK", markSchema) : undefined;
const markAt = markSetting && markPackedWithFunction(markSetting);

sharp.cache(false);
sharp.concurrency(1);

export const handler = step(
  stepInputSchema.extend({ staged: stagedSchema }),
  async ({ image, execution, staged: { variants: staged, animation } }) => {
    const folder = publishedPrefix(image.imageId, versionOf(execution));
    const published: PublishedVariant[] = [];
    const made = new Map<string, PublishedVariant>();
    const begun: string[] = [];
    try {
      // One variant after the other: memory holds the largest, not the sum.
      for (const stagedVariant of staged) {
        const files = filesOf(folder, stagedVariant);
        const missing = files.filter(({ kind }) => !made.has(kind));
        begun.push(...missing.map(({ key }) => key));
        const variants = await publish(stagedVariant, missing, animation);
        for (const [index, { kind }] of missing.entries()) {
          const variant = variants[index];
          if (variant) made.set(kind, variant);
        }
        for (const { kind } of files) {
          const variant = made.get(kind);
          if (variant) published.push({ ...variant, name: stagedVariant.name });
        }
      }
    } finally {
      // Also where this ends with an error: that of pixels, for instance, which went with the image.
      await takeBackIfDeleted(image, begun);
    }
    return { variants: published };
  },
);

interface File {
  key: string;
  format: OutputFormat;
  quality: number | undefined;
  isMarked: boolean;
  /** The same for files that come out the same. */
  kind: string;
}

function filesOf(folder: string, { name, key: stagedKey }: StagedVariant): File[] {
  const { formats, quality } = variantNamed(name);
  const isMarked = markSetting?.variants.includes(name) ?? false;
  return formats.map((format) => {
    const kind = [stagedKey, format, quality, isMarked].join(" ");
    return { key: `${folder}${name}.${format}`, format, quality, isMarked, kind };
  });
}

/** Makes files of one variant. All of them are marked, or none. */
async function publish(
  { key: stagedKey, ...staged }: StagedVariant,
  files: File[],
  animation: Animation | undefined,
): Promise<PublishedVariant[]> {
  if (files.length === 0) return [];
  const { name, width, height } = staged;
  const frames = animation?.delaysMs.length ?? 1;
  const canvas: Pixels = { ...staged, frames, data: await readStaged(stagingBucket, stagedKey) };
  if (files[0]?.isMarked && markSetting && markAt) await stamp(canvas, markAt, markSetting);
  return Promise.all(
    files.map(async ({ key, format, quality }) => {
      const bytes = await encode(canvas, format, quality, animation);
      await writeVariant({ bucket: processedBucket, key, bytes, contentType: CONTENT_TYPES[format] });
      return { name, format, key, width, height, bytes: bytes.length };
    }),
  );
}

/**
 * Whoever deletes an image deletes the original first and the variants after it, so a variant is either written before
 * that and deleted with the others, or written after it and found here.
 * @throws ImageRejected (ORIGINAL_GONE)
 */
async function takeBackIfDeleted(image: Image, written: string[]): Promise<void> {
  try {
    await assertNotDeleted(image);
  } catch (error) {
    if (error instanceof ImageRejected) await deleteObjects(processedBucket, written);
    throw error;
  }
}

function variantNamed(name: string): Variant {
  const variant = variants.find((candidate) => candidate.name === name);
  if (variant === undefined)
    throw new Error(`Variant "${name}" was staged, but is no longer configured. Upload the image again.`);
  return variant;
}

/** The picture `mark.png`, or the font that the words are set in and the settings for it, lie beside the bundle. */
function markPackedWithFunction({ text, opacity }: { text?: string | undefined; opacity: number }): MarkAt {
  const packed = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  if (text === undefined) return createMark(readFileSync(packed("mark.png")), opacity);
  process.env.FONTCONFIG_FILE = packed("fonts.conf");
  return createMark({ text, fontFile: packed("font.ttf") }, opacity);
}
