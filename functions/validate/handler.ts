/** Accepts or rejects an original, and finds out what the later steps and the record need to know of it. */
import { heicSchema, limitsSchema, settingFromEnvironment } from "../shared/settings.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { assertNotDeleted, readOriginal } from "../shared/storage.ts";
import { HEAD_BYTES, inspect } from "./inspect.ts";

const limits = settingFromEnvironment("LIMITS", limitsSchema);
const takes = { heic: settingFromEnvironment("HEIC", heicSchema) };

export const handler = step(stepInputSchema, async ({ image }) => {
  await assertNotDeleted(image);
  const { bytes: head, totalBytes, metadata } = await readOriginal(image, HEAD_BYTES);
  const readWhole = async () => (await readOriginal(image)).bytes;
  const inspected = await inspect(head, totalBytes, limits, readWhole, image.key, takes);
  return { ...inspected, bytes: totalBytes, ...titlesFrom(metadata) };
});

/** Name and caption, when the uploader sent them along as `x-amz-meta-name` and `x-amz-meta-caption`. */
function titlesFrom(metadata: Record<string, string>): { name?: string; caption?: string } {
  const name = decoded(metadata.name);
  const caption = decoded(metadata.caption);
  return { ...(name === undefined ? {} : { name }), ...(caption === undefined ? {} : { caption }) };
}

/** HTTP headers carry ASCII, so other characters arrive percent-encoded. */
function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
