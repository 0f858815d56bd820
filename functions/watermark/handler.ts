/** Marks the staged variants, encodes them, and publishes them in the processed bucket; or copies those of a duplicate. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { batchesThatFit } from "../shared/batches.ts";
import { ImageSuperseded } from "../shared/errors.ts";
import { mayPublish } from "../shared/image-record.ts";
import { publishedPrefix, versionOf } from "../shared/keys.ts";
import { persistently } from "../shared/persistently.ts";
import { bytesIn, type Pixels } from "../shared/pixels.ts";
import { variantsSchema } from "../shared/preset.ts";
import {
  CONTENT_TYPES,
  environmentVariable,
  type Mark,
  markSchema,
  settingFromEnvironment,
} from "../shared/settings.ts";
import {
  type Animation,
  type Duplicate,
  type Execution,
  type Image,
  type Original,
  originalSchema,
  type Published,
  resizedSchema,
  type Staged,
} from "../shared/state.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { deleteObjects, readStaged, writeVariant } from "../shared/storage.ts";
import { readRecord } from "../shared/table.ts";
import type { Carried } from "./carried.ts";
import { encode } from "./encode.ts";
import { createMark, type MarkAt } from "./mark.ts";
import { bytesOfOriginal, type Canvas, type File, planFiles } from "./plan.ts";
import { stamp } from "./stamp.ts";

const variants = settingFromEnvironment("VARIANTS", variantsSchema);
const stagingBucket = environmentVariable("STAGING_BUCKET");
const processedBucket = environmentVariable("PROCESSED_BUCKET");
const metadataTable = environmentVariable("METADATA_TABLE");
const markSetting = process.env.WATERMARK ? settingFromEnvironment("WATERMARK", markSchema) : undefined;
const markAt = markSetting && (await markPackedWithFunction(markSetting));

/** For pixels that are read together; what they arrive in is there for a while too, and encoders want as much again. */
const ROOM_BYTES = (Number(environmentVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")) * 2 ** 20) / 4;

sharp.cache(false);
sharp.concurrency(1);

export const handler = step(
  // An execution that began before there was an `original` here goes on without.
  stepInputSchema.extend({ staged: resizedSchema, original: originalSchema.optional() }),
  async ({ image, execution, original, staged }) => {
    const folder = publishedPrefix(image, versionOf(execution));
    const begun: string[] = [];
    try {
      return "duplicateOf" in staged
        ? await copy(image, folder, staged, begun)
        : await make(image, folder, staged, original, begun);
    } finally {
      await takeBackUnlessWanted(image, execution, begun);
    }
  },
);

async function copy(
  image: Image,
  folder: string,
  { duplicateOf }: Duplicate,
  begun: string[],
): Promise<Outcome> {
  // Loaded when it is needed, which is seldom.
  const { copyPublished } = await import("./copy.ts");
  return copyPublished(image, folder, duplicateOf, begun);
}

/** @param begun gets the keys of the files whose writing has begun; it has ended when this has. */
async function make(
  image: Image,
  folder: string,
  { variants: staged, animation, colourSpace }: Staged,
  original: Original | undefined,
  begun: string[],
): Promise<Outcome> {
  const { canvases, published } = planFiles(folder, staged, {
    variants: image.preset?.variants ?? variants,
    mark: markSetting,
  });
  const frames = framesIn(animation);
  const sizeOf = ({ staged }: Canvas) => bytesIn({ ...staged, frames });
  const writes: Write[] = [];
  try {
    for (const batch of batchesThatFit(canvases, sizeOf, ROOM_BYTES)) {
      await publish(batch, { original, animation, colourSpace }, writes);
      await Promise.all(writes.map(({ done }) => done));
    }
  } finally {
    // Also where this ends with an error: what is still being written then would come after it was taken back.
    await Promise.allSettled(writes.map(({ done }) => done));
    begun.push(...writes.map(({ key }) => key));
  }
  const sizes = new Map(writes.map(({ key, bytes }) => [key, bytes]));
  return {
    variants: published.flatMap((variant) => {
      const bytes = sizes.get(variant.key);
      return bytes === undefined ? [] : [{ ...variant, bytes }];
    }),
  };
}

type Outcome = Pick<Published, "variants" | "copied">;

/** What is known of the picture as a whole. */
interface Picture extends Pick<Carried, "colourSpace"> {
  original: Original | undefined;
  animation: Animation | undefined;
}

/** A file that is being written, or was. */
interface Write {
  key: string;
  bytes: number;
  done: Promise<void>;
}

/**
 * Encodes one canvas after the other, while the pixels of the others are being read.
 * @param writes gets the files whose writing has begun. They are not waited for.
 */
async function publish(
  canvases: Canvas[],
  { original, animation, colourSpace }: Picture,
  writes: Write[],
): Promise<void> {
  const carried = { rights: original?.rights, colourSpace };
  const frames = framesIn(animation);
  const reading = canvases.map((canvas) => ({
    ...canvas,
    read: readStaged(stagingBucket, { ...canvas.staged, bytes: bytesIn({ ...canvas.staged, frames }) }),
  }));
  // From here on each is attended to, also when an earlier one fails and it is not awaited below.
  const allRead = Promise.allSettled(reading.map(({ read }) => read));
  try {
    for (const { staged, isMarked, files, read } of reading) {
      const canvas: Pixels = { ...staged, frames, data: await read };
      if (isMarked && markSetting && markAt) await stamp(canvas, markAt, markSetting);
      const encoded = await Promise.all(
        files.map(async (file) => ({
          ...file,
          bytes: await encode(canvas, file, {
            animation,
            carried,
            originalBytes: bytesOfOriginal(canvas, file, original),
          }),
        })),
      );
      writes.push(...encoded.map(beginWrite));
    }
  } finally {
    await allRead;
  }
}

function beginWrite({ key, format, bytes }: File & { bytes: Buffer }): Write {
  const done = writeVariant({ bucket: processedBucket, key, bytes, contentType: CONTENT_TYPES[format] });
  // It is awaited with all others, later than it may fail.
  done.catch(() => undefined);
  return { key, bytes: bytes.length, done };
}

function framesIn(animation: Animation | undefined): number {
  return animation?.delaysMs.length ?? 1;
}

/**
 * Whoever deletes an image, or gives an attempt up, changes the record first and deletes files after that: so a file is either written
 * before and deleted with the others, or written after and taken back here.
 * @throws ImageSuperseded
 */
async function takeBackUnlessWanted(image: Image, execution: Execution, keys: string[]): Promise<void> {
  const record = await persistently(() => readRecord(metadataTable, image.imageId));
  if (record && mayPublish(record, image, execution)) return;
  await persistently(() => deleteObjects(processedBucket, keys));
  throw new ImageSuperseded("The image was deleted meanwhile, or something newer has happened to it.");
}

/** The picture `mark.png`, or the font that the words are set in and the settings for it, lie beside the bundle. */
function markPackedWithFunction({ text, opacity }: Pick<Mark, "text" | "opacity">): Promise<MarkAt> {
  const packed = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  if (text === undefined) return createMark(readFileSync(packed("mark.png")), opacity);
  process.env.FONTCONFIG_FILE = packed("fonts.conf");
  return createMark({ text, fontFile: packed("font.ttf") }, opacity);
}
