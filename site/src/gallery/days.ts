/** When photographs were sent, as headings between them: the last days by name, then months. */
import type { ImageView } from "../api/api.ts";

const DAY_MS = 24 * 3600 * 1000;
const month = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "long" });

export function dayText(instant: string, now: Date): string {
  const at = new Date(instant);
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return days < 7 ? weekday.format(at) : month.format(at);
}

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** @returns the heading before each image that is the first of its day or month. */
export function dayHeadings(
  images: Pick<ImageView, "imageId" | "uploadedAt">[],
  now: Date,
): Map<string, string> {
  const headings = new Map<string, string>();
  let dayBefore: number | undefined;
  let before: string | undefined;
  for (const { imageId, uploadedAt } of images) {
    const day = startOfDay(new Date(uploadedAt));
    // To put a day in words takes much longer than to see that it is the same.
    if (day === dayBefore) continue;
    dayBefore = day;
    const text = dayText(uploadedAt, now);
    if (text !== before) headings.set(imageId, text);
    before = text;
  }
  return headings;
}
