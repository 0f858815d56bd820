/** Accepts or rejects an original, and finds out what the later steps and the record need to know of it. */
import { ImageRejected } from "../shared/errors.ts";
import { keepMetadataSchema } from "../shared/rights.ts";
import { heicSchema, limitsSchema, settingFromEnvironment } from "../shared/settings.ts";
import { decoderInputSchema, step } from "../shared/step.ts";
import { readOriginal, s3With } from "../shared/storage.ts";
import { HEAD_BYTES, inspect } from "./inspect.ts";
import { assertPreset, wishesIn } from "./wishes.ts";

const limits = settingFromEnvironment("LIMITS", limitsSchema);
const takes = { heic: settingFromEnvironment("HEIC", heicSchema) };
const keepsRights = settingFromEnvironment("KEEP_METADATA", keepMetadataSchema).includes("copyright");

export const handler = step(decoderInputSchema, async ({ image, access }) => {
  if (image.refusal !== undefined)
    throw new ImageRejected(image.refusalCode ?? "WRONG_METADATA", image.refusal);
  const client = s3With(access);
  const { bytes: head, totalBytes, metadata } = await readOriginal(image, { firstBytes: HEAD_BYTES, client });
  assertPreset(metadata, image.preset);
  const wishes = wishesIn(metadata, image.focus);
  const readWhole = async () => (await readOriginal(image, { client })).bytes;
  const { rights, ...inspected } = await inspect(head, totalBytes, limits, readWhole, image.key, takes);
  return { ...inspected, ...(keepsRights && rights && { rights }), bytes: totalBytes, ...wishes };
});
