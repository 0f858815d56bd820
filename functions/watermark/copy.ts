/** Publishes copies of what is published already of another image: one of the same bytes, that would come to the same files. */
import { NotCopied } from "../shared/errors.ts";
import { fileKeysOf } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { Image, Published, SameSize } from "../shared/state.ts";
import { copyVariant } from "../shared/storage.ts";
import { readRecord } from "../shared/table.ts";

const tableName = environmentVariable("METADATA_TABLE");
const processedBucket = environmentVariable("PROCESSED_BUCKET");

/**
 * @param folder that the execution publishes into, with a slash at its end.
 * @param begun gets the keys of the copies before they are made; that has ended when this has.
 * @throws NotCopied
 */
export async function copyPublished(
  image: Image,
  folder: string,
  duplicateOf: SameSize,
  begun: string[],
): Promise<Pick<Published, "variants" | "copied">> {
  try {
    const publication = await publicationOf(image, duplicateOf);
    const copyOf = (key: string) => folder + (key.split("/").at(-1) ?? "");
    const files = fileKeysOf(publication);
    begun.push(...files.map(copyOf));
    const copies = files.map((key) => copyVariant(processedBucket, key, copyOf(key)));
    // Nothing is to be written any more when this has failed.
    await Promise.allSettled(copies);
    await Promise.all(copies);
    const { thumbhash, dominantColour, recognition } = publication;
    return {
      variants: publication.variants.map((variant) => ({ ...variant, key: copyOf(variant.key) })),
      copied: { thumbhash, dominantColour, recognition },
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NotCopied(`Files of the same bytes cannot be copied: ${reason}`, { cause });
  }
}

/** @throws when the image is gone, or shows something else by now. */
async function publicationOf({ owner }: Image, { imageId, version }: SameSize) {
  const record = await readRecord(tableName, imageId);
  const isSame = record?.owner === owner && record?.published?.version === version;
  if (!record?.published || !isSame) throw new Error("what they belong to is not published any more.");
  return record.published;
}
