/** Lists of images: what they can be narrowed to, and how they are kept true while their images change. */
import type { ImageView, Listing, Status } from "../api/api.ts";

export const FILTERS = ["all", "processed", "in-progress", "rejected", "failed"] as const;
export type Filter = (typeof FILTERS)[number];

const STATUSES: Record<Filter, readonly Status[]> = {
  all: ["PENDING", "PROCESSING", "PROCESSED", "REJECTED", "FAILED"],
  processed: ["PROCESSED"],
  "in-progress": ["PENDING", "PROCESSING"],
  rejected: ["REJECTED"],
  failed: ["FAILED"],
};

export function statusesIn(filter: Filter): readonly Status[] {
  return STATUSES[filter];
}

export function isIn(filter: Filter, status: Status): boolean {
  return STATUSES[filter].includes(status);
}

/**
 * Puts an image where it belongs, without asking for all again.
 *
 * @returns the pages with the image as it is now, newest first; without it when `belongs` is false.
 */
export function placeImage(pages: Listing[], image: ImageView, belongs: boolean): Listing[] {
  const present = pages.flatMap(({ images }) => images).find(({ imageId }) => imageId === image.imageId);
  // An answer may be overtaken by a newer one.
  if (present && belongs && present.updatedAt > image.updatedAt) return pages;
  if (present && belongs && present.uploadedAt === image.uploadedAt)
    return mapImages(pages, (images) => images.map((one) => (one === present ? image : one)));
  const others = present ? removeImage(pages, image.imageId) : pages;
  return belongs ? insert(others, image) : others;
}

export function removeImage(pages: Listing[], imageId: string): Listing[] {
  return mapImages(pages, (images) => images.filter((one) => one.imageId !== imageId));
}

function insert(pages: Listing[], image: ImageView): Listing[] {
  const isOlder = (one: ImageView) => one.uploadedAt < image.uploadedAt;
  const index = pages.findIndex(({ images }) => images.some(isOlder));
  const last = pages.length - 1;
  // Older than all that is shown: it is on a page that is still to come, unless there is none.
  if (index < 0 && pages[last]?.nextCursor !== undefined) return pages;
  const target = index < 0 ? last : index;
  return pages.map((page, at) => {
    if (at !== target) return page;
    const place = page.images.findIndex(isOlder);
    return { ...page, images: page.images.toSpliced(place < 0 ? page.images.length : place, 0, image) };
  });
}

function mapImages(pages: Listing[], change: (images: ImageView[]) => ImageView[]): Listing[] {
  return pages.map((page) => ({ ...page, images: change(page.images) }));
}
