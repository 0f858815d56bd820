/** The images that something happens to, or has happened to since one came to this page. */
import type { ImageView } from "../api/api.ts";

export type Watched = ReadonlyMap<string, ImageView>;

/** An image that was announced this long ago, and whose file has not come, does not come any more: its address has expired. */
const FILE_EXPECTED_MS = 15 * 60_000;

/** Whether something is still going to happen to it. */
export function isLive({ status, uploadedAt }: ImageView, now: number): boolean {
  if (status === "PROCESSING") return true;
  return status === "PENDING" && now - Date.parse(uploadedAt) < FILE_EXPECTED_MS;
}

export interface Noted {
  watched: Watched;
  /** Those that have just come to their end. */
  finished: ImageView[];
}

/** Takes in what the API says now: live images are watched from here on, watched ones are brought up to date. */
export function note(watched: Watched, images: ImageView[], now: number): Noted {
  const next = new Map(watched);
  const finished: ImageView[] = [];
  for (const image of images) {
    const before = next.get(image.imageId);
    if (before && before.updatedAt > image.updatedAt) continue;
    if (!before && !isLive(image, now)) continue;
    next.set(image.imageId, image);
    if (before && isLive(before, now) && !isLive(image, now)) finished.push(image);
  }
  return { watched: next, finished };
}

/** How long to wait before asking again: something that has not changed for a while is asked for less often. */
export function pollDelayMs(sinceChangeMs: number): number {
  if (sinceChangeMs < 15_000) return 1000;
  return sinceChangeMs < 60_000 ? 2500 : 5000;
}
