import { describe, expect, it } from "vitest";
import type { ImageView, Listing, Status } from "../../site/src/api/api.ts";
import { EVERYTHING, orderOf, statusesIn, type View } from "../../site/src/store/lists.ts";
import { mergedPage } from "../../site/src/store/merged.ts";
import { image } from "./support.ts";

const STATUSES = statusesIn("in-progress");
const PAGE = 24;

/** Images of both statuses; the minute that each came is told by its number. */
function numbered(count: number, statusOf: (number: number) => Status): ImageView[] {
  return Array.from({ length: count }, (_, number) =>
    image(String(number), {
      status: statusOf(number),
      uploadedAt: new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString(),
    }),
  );
}

/** As the API lists them: one status, in order, page by page. */
function apiWith(images: ImageView[], wish: Partial<View> = {}) {
  const isBefore = orderOf({ ...EVERYTHING, ...wish });
  return async (status: Status, cursor: string | undefined): Promise<Listing> => {
    const all = images
      .filter((one) => one.status === status)
      .sort((a, b) => Number(isBefore(b, a)) - Number(isBefore(a, b)));
    const from = Number(cursor ?? 0);
    const page = all.slice(from, from + PAGE);
    return { images: page, ...(from + PAGE < all.length && { nextCursor: String(from + PAGE) }) };
  };
}

async function allOf(list: ReturnType<typeof apiWith>, wish: Partial<View> = {}): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await mergedPage(list, STATUSES, orderOf({ ...EVERYTHING, ...wish }), cursor);
    pages.push(page.images.map(({ imageId }) => imageId));
    cursor = page.nextCursor;
  } while (cursor !== undefined && pages.length < 100);
  return pages;
}

const downFrom = (count: number) => Array.from({ length: count }, (_, number) => String(count - 1 - number));

describe("two lists are one", () => {
  it.each([
    ["in turn", (number: number) => number % 2 === 0],
    ["one first", (number: number) => number < 150],
    ["the other first", (number: number) => number >= 150],
    ["a few of one", (number: number) => number % 60 !== 0],
    ["one alone", () => true],
  ])("of all 300, each once and in order, %s", async (_, isPending) => {
    const images = numbered(300, (number) => (isPending(number) ? "PENDING" : "PROCESSING"));
    const newest = await allOf(apiWith(images));
    expect(newest.flat()).toEqual(downFrom(300));
    expect(Math.max(...newest.map(({ length }) => length))).toBeLessThanOrEqual(2 * PAGE);
    const oldest = await allOf(apiWith(images, { sort: "oldest" }), { sort: "oldest" });
    expect(oldest.flat()).toEqual(downFrom(300).reverse());
  });

  it("also of those that came at the same moment", async () => {
    const images = numbered(120, (number) => (number % 3 === 0 ? "PENDING" : "PROCESSING"));
    const [first] = images;
    const uploadedAt = first?.uploadedAt ?? "";
    const shown = (await allOf(apiWith(images.map((one) => ({ ...one, uploadedAt }))))).flat();
    expect(shown.toSorted()).toEqual(images.map(({ imageId }) => imageId).toSorted());
  });

  it("also by name and then by caption", async () => {
    const search = "sea";
    // Of the later status come more, so that a page of them is shown in several.
    const images = numbered(120, (number) => (number % 5 === 0 ? "PENDING" : "PROCESSING")).map(
      (one, number) => {
        const text = `Sea ${String(number).padStart(3, "0")}`;
        return number < 60 ? { ...one, name: text } : { ...one, name: "a lake", caption: text };
      },
    );
    const shown = (await allOf(apiWith(images, { search }), { search })).flat();
    expect(shown).toEqual(images.map(({ imageId }) => imageId));
  });

  it("where a page has nothing that was looked for, and others follow", async () => {
    const images = numbered(60, (number) => (number % 2 === 0 ? "PENDING" : "PROCESSING"));
    const list = apiWith(images);
    let isFirst = true;
    const shown = await allOf(async (status, cursor) => {
      if (status === "PENDING" && cursor === undefined && isFirst) {
        isFirst = false;
        return { images: [], nextCursor: "0" };
      }
      return list(status, cursor);
    });
    expect(shown.flat()).toEqual(downFrom(60));
  });

  it("one that changes its status meanwhile is there once", async () => {
    const one = image("one", { status: "PROCESSING" });
    const page = await mergedPage(async () => ({ images: [one] }), STATUSES, orderOf(EVERYTHING), undefined);
    expect(page.images).toEqual([one]);
  });

  it("nothing is in progress", async () => {
    expect(await allOf(apiWith([]))).toEqual([[]]);
  });
});
