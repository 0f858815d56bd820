/** Several lists as one, in order and page by page: the API lists one status, or all. */
import type { ImageView, Listing, Status } from "../api/api.ts";
import type { Order, Sortable } from "./lists.ts";

/** How far a list was taken. */
interface Place {
  status: Status;
  /** Of a page of it, from its start where there is none. */
  cursor?: string | undefined;
  /** The page was shown up to here, since another list had to be asked for more before it went on. */
  after?: Sortable | undefined;
}

/** @param cursor `nextCursor` of the answer before. */
export async function mergedPage(
  list: (status: Status, cursor: string | undefined) => Promise<Listing>,
  statuses: readonly Status[],
  isBefore: Order,
  cursor: string | undefined,
): Promise<Listing> {
  const places: Place[] = cursor === undefined ? statuses.map((status) => ({ status })) : JSON.parse(cursor);
  const pages = await Promise.all(
    places.map(async (place) => {
      const { images, nextCursor } = await list(place.status, place.cursor);
      const { after } = place;
      const fresh = after ? images.filter((one) => isBefore(after, one)) : images;
      return { place, nextCursor, images: fresh, last: images.at(-1) };
    }),
  );
  // Behind the end of a page that others follow, what they have may come first.
  const ends = pages.filter(({ nextCursor }) => nextCursor !== undefined).map(({ last }) => last);
  const end = ends.every((one) => one !== undefined)
    ? ends.reduce((first, one) => (first === undefined || isBefore(one, first) ? one : first), ends[0])
    : undefined;
  const isShown = (image: ImageView) => ends.length === 0 || (end !== undefined && !isBefore(end, image));

  const shown = pages.flatMap(({ images }) => images.filter(isShown));
  const next = pages.flatMap(({ place, nextCursor, images }): Place[] => {
    if (!images.every(isShown)) return [{ ...place, after: end ? sortableOf(end) : place.after }];
    return nextCursor === undefined ? [] : [{ status: place.status, cursor: nextCursor }];
  });
  // One that goes from one status to the other meanwhile is in both.
  const images = [...new Map(shown.map((image) => [image.imageId, image])).values()];
  return {
    images: images.sort((a, b) => Number(isBefore(b, a)) - Number(isBefore(a, b))),
    ...(next.length > 0 && { nextCursor: JSON.stringify(next) }),
  };
}

const sortableOf = ({ name, caption, uploadedAt }: ImageView): Sortable => ({ name, caption, uploadedAt });
