/** Holds what comes into a user's folder against what the user may have, and counts it. */

import { closedUntil } from "../shared/closing.ts";
import { tooManyBytes, tooManyImages, uploadsClosed } from "../shared/quotas.ts";
import { quotasSettingSchema, settingFromEnvironment } from "../shared/settings.ts";
import type { Image } from "../shared/state.ts";
import type { SeenRecord } from "../shared/table.ts";
import { addBytes, bytesOf, bytesStored, countToday } from "../shared/usage.ts";

const quotas = settingFromEnvironment("QUOTAS", quotasSettingSchema);

/**
 * What was announced to the API was held against the quota there.
 * @param before the image's record before this version came.
 * @returns the image, refused where it is too much.
 */
export async function withinQuota(image: Image, before: SeenRecord): Promise<Image> {
  const { owner, bytes } = image;
  if (owner === undefined || before.status === "PENDING") return image;
  const now = new Date();
  const until = await closedUntil(now);
  if (until !== undefined) return { ...image, refusal: uploadsClosed(until), refusalCode: "QUOTA" };
  if (quotas === false) return image;
  const [isCounted, stored] = await Promise.all([
    countToday(owner, "images", quotas.imagesPerDay, now),
    bytesStored(owner),
  ]);
  const room = quotas.bytesStored - stored + bytesOf(before);
  const refusal = !isCounted
    ? tooManyImages(quotas)
    : bytes > room
      ? tooManyBytes(quotas, bytes, room)
      : undefined;
  return refusal === undefined ? image : { ...image, refusal, refusalCode: "QUOTA" };
}

/** Of every version that comes, also of one that is refused: it is there until it expires. */
export async function countBytes({ owner, bytes }: Image, before: SeenRecord): Promise<void> {
  if (owner !== undefined) await addBytes(owner, bytes - bytesOf(before));
}
