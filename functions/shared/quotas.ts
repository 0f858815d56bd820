/** Holds what users send and change against what they may, and counts it. */
import { closedUntil } from "./closing.ts";
import { quotasSettingSchema, settingFromEnvironment } from "./settings.ts";
import { bytesStored, type Counted, countToday, nextDay } from "./usage.ts";

const quotas = settingFromEnvironment("QUOTAS", quotasSettingSchema);

/** Why something is too much. */
export interface Refusal {
  kind: "closed" | "stored" | "today";
  /** A sentence for the user. */
  text: string;
  /** When it will be otherwise, where that is a matter of time. */
  until?: Date;
}

/**
 * Counts one image more, unless it is refused.
 * @param replacedBytes go when it comes.
 */
export async function refusalOfImage(
  owner: string,
  bytes: number,
  replacedBytes = 0,
): Promise<Refusal | undefined> {
  const now = new Date();
  const [closed, stored] = await Promise.all([closedUntil(now), quotas ? bytesStored(owner) : 0]);
  if (closed !== undefined) {
    const text = `Uploads are closed until ${closed.text}: what this month may cost is used up. What is there stays.`;
    return { kind: "closed", text, until: closed.at };
  }
  if (quotas === false) return undefined;
  const room = quotas.bytesStored - stored + replacedBytes;
  if (bytes > room) {
    const text = `The file has ${count(bytes, "byte")}, and ${count(Math.max(0, room), "byte")} are left of the ${count(quotas.bytesStored, "byte")} that you may store. Delete images first.`;
    return { kind: "stored", text };
  }
  const most = quotas.imagesPerDay;
  const text = `You have sent ${count(most, "image")} today, and no more are taken. Send it again tomorrow: days begin at 00:00 UTC.`;
  return refusalOfToday(owner, "images", { most, text, now });
}

/** Counts one change more, unless it is refused: an image that is edited, shared, processed again or deleted. */
export async function refusalOfChange(owner: string): Promise<Refusal | undefined> {
  if (quotas === false) return undefined;
  const most = quotas.changesPerDay;
  const text = `You have made ${count(most, "change")} today, and no more can be: images edited, shared, processed again or deleted. Come back tomorrow: days begin at 00:00 UTC.`;
  return refusalOfToday(owner, "changes", { most, text, now: new Date() });
}

async function refusalOfToday(
  owner: string,
  what: Counted,
  { most, text, now }: { most: number; text: string; now: Date },
): Promise<Refusal | undefined> {
  const isCounted = await countToday(owner, what, most, now);
  return isCounted ? undefined : { kind: "today", text, until: nextDay(now) };
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
