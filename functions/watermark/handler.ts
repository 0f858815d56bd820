/** Marks the staged variants, encodes them, and publishes them in the processed bucket. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { ImageRejected } from "../shared/errors.ts";
import type { Pixels } from "../shared/pixels.ts";
import {
  environmentVariable,
  markSchema,
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
import { assertNotDeleted, deletePublished, readStaged, writeUnlessNewer } from "../shared/storage.ts";
import { CONTENT_TYPES, encode } from "./encode.ts";
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
  async ({ image, staged: { variants: staged, animation } }) => {
    const published: PublishedVariant[] = [];
    let superseded = false;
    // One variant after the other: memory holds the largest, not the sum.
    for (const stagedVariant of staged) {
      const files = await publish(image, stagedVariant, animation);
      published.push(...files.variants);
      superseded ||= files.superseded;
    }
    await takeBackIfDeleted(image, published);
    return { variants: published, superseded };
  },
);

async function publish(image: Image, staged: StagedVariant, animation: Animation | undefined) {
  const setting = variantNamed(staged.name);
  const { name, width, height } = staged;
  const frames = animation?.delaysMs.length ?? 1;
  const canvas: Pixels = { ...staged, frames, data: await readStaged(stagingBucket, staged.key) };
  if (markSetting?.variants.includes(name) && markAt) await stamp(canvas, markAt, markSetting);
  const files = await Promise.all(
    setting.formats.map(async (format) => {
      const bytes = await encode(canvas, format, setting.quality, animation);
      const key = `${image.imageId}/${name}.${format}`;
      const contentType = CONTENT_TYPES[format];
      const { sequencer } = image;
      const written = await writeUnlessNewer({ bucket: processedBucket, key, bytes, contentType, sequencer });
      return { written, variant: { name, format, key, contentType, width, height, bytes: bytes.length } };
    }),
  );
  return {
    variants: files.map(({ variant }) => variant),
    superseded: files.some(({ written }) => !written),
  };
}

/**
 * Whoever deletes an image deletes the original first and the variants after it, so a variant is either written before
 * that and deleted with the others, or written after it and found here.
 * @throws ImageRejected (ORIGINAL_GONE)
 */
async function takeBackIfDeleted(image: Image, published: PublishedVariant[]): Promise<void> {
  try {
    await assertNotDeleted(image);
  } catch (error) {
    if (error instanceof ImageRejected)
      await deletePublished(
        processedBucket,
        published.map(({ key }) => key),
      );
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
