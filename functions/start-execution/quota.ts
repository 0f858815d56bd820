/** Holds what comes into a user's folder past the API against what the user may have, and counts what comes at all. */
import { refusalOfImage } from "../shared/quotas.ts";
import type { Image } from "../shared/state.ts";
import type { SeenRecord } from "../shared/table.ts";
import { addBytes, bytesOf } from "../shared/usage.ts";

/**
 * What was announced to the API was held against the quota there.
 * @param before the image's record before this version came.
 * @returns the image, refused where it is too much.
 */
export async function withinQuota(image: Image, before: SeenRecord): Promise<Image> {
  if (image.owner === undefined || before.status === "PENDING") return image;
  const refusal = await refusalOfImage(image.owner, image.bytes, bytesOf(before));
  return refusal ? { ...image, refusal: refusal.text, refusalCode: "QUOTA" } : image;
}

/** Of every version that comes, also of one that is refused: it is there until it expires. */
export async function countBytes({ owner, bytes }: Image, before: SeenRecord): Promise<void> {
  if (owner !== undefined) await addBytes(owner, bytes - bytesOf(before));
}
