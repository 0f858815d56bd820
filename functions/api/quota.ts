/** Holds requests against what a user may have and do. */
import { closedUntil } from "../shared/closing.ts";
import { tooManyBytes, tooManyChanges, tooManyImages, uploadsClosed } from "../shared/quotas.ts";
import { quotasSettingSchema, settingFromEnvironment } from "../shared/settings.ts";
import { bytesStored, countToday, nextDay } from "../shared/usage.ts";
import { Problem } from "./problem.ts";

const quotas = settingFromEnvironment("QUOTAS", quotasSettingSchema);

/** Counts one image more. @throws Problem (403, 429) */
export async function countImage(owner: string, bytes: number): Promise<void> {
  const now = new Date();
  const [until, stored] = await Promise.all([closedUntil(now), quotas ? bytesStored(owner) : 0]);
  if (until !== undefined) throw new Problem(403, uploadsClosed(until), until.at);
  if (quotas === false) return;
  const room = quotas.bytesStored - stored;
  if (bytes > room) throw new Problem(403, tooManyBytes(quotas, bytes, room));
  if (!(await countToday(owner, "images", quotas.imagesPerDay, now)))
    throw new Problem(429, tooManyImages(quotas), nextDay(now));
}

/** Counts an image that is processed again or deleted. @throws Problem (429) */
export async function countChange(owner: string): Promise<void> {
  if (quotas === false) return;
  const now = new Date();
  if (!(await countToday(owner, "changes", quotas.changesPerDay, now)))
    throw new Problem(429, tooManyChanges(quotas), nextDay(now));
}
