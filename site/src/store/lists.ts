/** Lists of images: what they can be narrowed to, how they are sorted, and how they are kept true while their images change. */
import type { ImageView, Listing, Sort, Status } from "../api/api.ts";

export const FILTERS = ["all", "processed", "in-progress", "rejected", "failed"] as const;
export type Filter = (typeof FILTERS)[number];

export const SORTS = ["newest", "oldest", "name"] as const satisfies readonly Sort[];

/** One list, as somebody wants to see it. */
export interface View {
  filter: Filter;
  sort: Sort;
  /** What names begin with, or else captions: by name, and then by caption. */
  search: string;
  /** Those that have it; empty: all. */
  tag: string;
}

export const EVERYTHING: View = { filter: "all", sort: "newest", search: "", tag: "" };

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

export function belongsTo({ filter, search, tag }: View, image: ImageView): boolean {
  const { status, name, caption = "", tags = [] } = image;
  const isTagged = tag === "" || tags.includes(tag);
  return isIn(filter, status) && isTagged && (beginsWith(name, search) || beginsWith(caption, search));
}

function beginsWith(text: string, search: string): boolean {
  return sortable(text).startsWith(sortable(search));
}

/** As the API compares names and captions: whatever the case and the accents. */
function sortable(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/\s+/g, " ").trim();
}

/** What images are sorted by. */
export type Sortable = Pick<ImageView, "name" | "caption" | "uploadedAt">;

/** Whether the one comes before the other. */
export type Order = (a: Sortable, b: Sortable) => boolean;

export function orderOf({ sort, search }: View): Order {
  if (sort === "name" || search !== "") {
    const key = ({ name, caption = "" }: Sortable) =>
      beginsWith(name, search) ? `0${sortable(name)}` : `1${sortable(caption)}`;
    return (a, b) => key(a) < key(b);
  }
  if (sort === "oldest") return (a, b) => a.uploadedAt < b.uploadedAt;
  return (a, b) => a.uploadedAt > b.uploadedAt;
}

/**
 * Puts an image where it belongs, without asking for all again.
 *
 * @returns the pages with the image as it is now, in order; without it when `belongs` is false.
 */
export function placeImage(
  pages: Listing[],
  image: ImageView,
  belongs: boolean,
  isBefore: Order = orderOf(EVERYTHING),
): Listing[] {
  const present = pages.flatMap(({ images }) => images).find(({ imageId }) => imageId === image.imageId);
  // An answer may be overtaken by a newer one.
  if (present && belongs && present.updatedAt > image.updatedAt) return pages;
  const isInPlace = present && !isBefore(present, image) && !isBefore(image, present);
  if (isInPlace && belongs)
    return mapImages(pages, (images) => images.map((one) => (one === present ? image : one)));
  const others = present ? removeImage(pages, image.imageId) : pages;
  return belongs ? insert(others, image, isBefore) : others;
}

export function removeImage(pages: Listing[], imageId: string): Listing[] {
  return mapImages(pages, (images) => images.filter((one) => one.imageId !== imageId));
}

function insert(pages: Listing[], image: ImageView, isBefore: Order): Listing[] {
  const isLater = (one: ImageView) => isBefore(image, one);
  const index = pages.findIndex(({ images }) => images.some(isLater));
  const last = pages.length - 1;
  // After all that is shown: it is on a page that is still to come, unless there is none.
  if (index < 0 && pages[last]?.nextCursor !== undefined) return pages;
  const target = index < 0 ? last : index;
  return pages.map((page, at) => {
    if (at !== target) return page;
    const place = page.images.findIndex(isLater);
    return { ...page, images: page.images.toSpliced(place < 0 ? page.images.length : place, 0, image) };
  });
}

function mapImages(pages: Listing[], change: (images: ImageView[]) => ImageView[]): Listing[] {
  return pages.map((page) => ({ ...page, images: change(page.images) }));
}
