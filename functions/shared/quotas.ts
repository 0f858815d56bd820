/** Holds what users send and change against what they may, and counts it. */
import { closedUntil } from "./closing.ts";
import { quotasSettingSchema, settingFromEnvironment } from "./settings.ts";
import { type Counted, countToday, nextDay } from "./usage.ts";
import { addBytes, bytesCounted, countBytes, giveBackUnsent, settleBytes } from "./usage-bytes.ts";

const quotas = settingFromEnvironment("QUOTAS", quotasSettingSchema);

export const areBound = quotas !== false;

/** So many of one user's images are processed at a time; undefined: as many as there is room for. */
export const imagesInFlight = quotas === false ? undefined : quotas.imagesInFlight;

/** Why something is too much. */
export interface Refusal {
  kind: "closed" | "stored" | "today";
  /** A sentence for the user. */
  text: string;
  /** When it will be otherwise, where that is a matter of time. */
  until?: Date;
}

/**
 * Counts one image more, and its bytes, unless it is refused. Where users are not bound, what has come is counted by whoever took it.
 * @param replacedBytes go when it comes.
 * @param expiresAt of a file that is announced: until then it is expected, in seconds since 1970.
 */
export async function refusalOfImage(
  owner: string,
  { bytes, replacedBytes = 0, expiresAt }: { bytes: number; replacedBytes?: number; expiresAt?: number },
): Promise<Refusal | undefined> {
  const now = new Date();
  const isCounted = areBound || expiresAt !== undefined;
  const [closed] = await Promise.all([closedUntil(now), isCounted && giveBackUnsent(owner, now)]);
  if (closed !== undefined) {
    const text = `Uploads are closed until ${closed.text}: what this month may cost is used up. What is there stays.`;
    return { kind: "closed", text, until: closed.at };
  }
  const more = bytes - replacedBytes;
  if (quotas === false) {
    if (isCounted) await countBytes(owner, more, { expiresAt });
    return undefined;
  }
  const { bytesStored, imagesPerDay: most } = quotas;
  if (!(await countBytes(owner, more, { most: bytesStored, expiresAt }))) {
    const room = Math.max(0, bytesStored - (await bytesCounted(owner, now)) + replacedBytes);
    const text = `The file has ${count(bytes, "byte")}, and ${count(room, "byte")} are left of the ${count(bytesStored, "byte")} that you may store, with what you have announced. Delete images first.`;
    return { kind: "stored", text };
  }
  const text = `You have sent ${count(most, "image")} today, and no more are taken. Send it again tomorrow: days begin at 00:00 UTC.`;
  const refusal = await refusalOfToday(owner, "images", { most, text, now });
  if (refusal)
    await (expiresAt === undefined
      ? addBytes(owner, -more)
      : settleBytes(owner, { bytes: more, expiresAt }, 0));
  return refusal;
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
