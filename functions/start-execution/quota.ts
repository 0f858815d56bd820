/** Holds what comes into a user's folder past the API against what the user may have, and counts what comes at all. */
import { areBound, refusalOfImage } from "../shared/quotas.ts";
import type { Image } from "../shared/state.ts";
import type { SeenRecord } from "../shared/table.ts";
import { type Announced, addBytes, announcedIn, bytesOf, settleBytes } from "../shared/usage-bytes.ts";

/**
 * What was announced to the API was held against the quota there. All else is here, and counted.
 * @param before the image's record before this version came.
 * @returns the image, refused where it is too much.
 */
export async function withinQuota(image: Image, before: SeenRecord): Promise<Image> {
  const { owner, bytes } = image;
  if (owner === undefined || isCounted(image, before) || expectationOf(image, before)) return image;
  if (areBound) await forget(announcedIn(before), owner);
  const replacedBytes = bytesOf(before);
  const refusal = await refusalOfImage(owner, { bytes, replacedBytes });
  if (refusal === undefined) return image;
  // It is there until it expires.
  if (areBound) await addBytes(owner, bytes - replacedBytes);
  return { ...image, refusal: refusal.text, refusalCode: "QUOTA" };
}

/** What was expected is there; and what was not, where its user is not bound: nobody has to wait for that. */
export async function countBytes(image: Image, before: SeenRecord): Promise<void> {
  if (!areBound || expectationOf(image, before)) await count(image, before);
}

/** What an operator has processed may be expected yet, or another version. Of what has lost its record, the bytes are counted. */
export async function countAgain(image: Image, before: SeenRecord): Promise<void> {
  if (before.original) await count(image, before);
}

async function count({ owner, bytes }: Image, before: SeenRecord): Promise<void> {
  if (owner === undefined) return;
  const announced = announcedIn(before);
  await (announced ? settleBytes(owner, announced, bytes) : addBytes(owner, bytes - bytesOf(before)));
}

/** An operator has had it processed before its event came. */
function isCounted({ versionId, etag }: Image, { original }: SeenRecord): boolean {
  return original?.etag === etag && original.versionId === versionId;
}

/** Something else has come in its place. */
async function forget(announced: Announced | undefined, owner: string): Promise<void> {
  if (announced) await settleBytes(owner, announced, 0);
}

/** The announcement that the image was sent for: in time, and not larger than it said, as credentials of the user's own allow. */
function expectationOf({ bytes, uploadedAt }: Image, before: SeenRecord): Announced | undefined {
  const announced = announcedIn(before);
  const isAsSaid =
    announced && bytes <= announced.bytes && Date.parse(uploadedAt) <= announced.expiresAt * 1000;
  return isAsSaid ? announced : undefined;
}
