/** What is said to a user who has used up a quota. */
import type { Until } from "./closing.ts";
import type { Quotas } from "./settings.ts";

export function tooManyImages({ imagesPerDay }: Quotas): string {
  return `You have sent ${count(imagesPerDay, "image")} today, and no more are taken. Send it again tomorrow: days begin at 00:00 UTC.`;
}

/** @param room bytes that are left, which may be below zero. */
export function tooManyBytes({ bytesStored }: Quotas, bytes: number, room: number): string {
  return `The file has ${count(bytes, "byte")}, and ${count(Math.max(0, room), "byte")} are left of the ${count(bytesStored, "byte")} that you may store. Delete images first.`;
}

export function tooManyChanges({ changesPerDay }: Quotas): string {
  return `You have processed again or deleted ${count(changesPerDay, "image")} today, and no more. Come back tomorrow: days begin at 00:00 UTC.`;
}

export function uploadsClosed({ text }: Until): string {
  return `Uploads are closed until ${text}: what this month may cost is used up. What is there stays.`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
