import { describe, expect, it } from "vitest";
import type { Listing } from "../../site/src/api/api.ts";
import { createLinkKeeper } from "../../site/src/api/links.ts";
import { filterAddress, filterIn } from "../../site/src/gallery/FilterLinks.tsx";
import { FILTERS, isIn, placeImage, removeImage } from "../../site/src/store/lists.ts";
import { image, variant } from "./support.ts";

const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z`;
const shownImage = (minute: number) =>
  image(String(minute), { uploadedAt: at(minute), updatedAt: at(minute) });
const pages: Listing[] = [
  { images: [shownImage(50), shownImage(40)], nextCursor: "after 40" },
  { images: [shownImage(30), shownImage(20)], nextCursor: "after 20" },
];
const idsOf = (listings: Listing[]) => listings.map(({ images }) => images.map(({ imageId }) => imageId));

describe("an image of a list that is shown", () => {
  it("is put where its age belongs", () => {
    expect(idsOf(placeImage(pages, shownImage(55), true))).toEqual([
      ["55", "50", "40"],
      ["30", "20"],
    ]);
    expect(idsOf(placeImage(pages, shownImage(35), true))).toEqual([
      ["50", "40"],
      ["35", "30", "20"],
    ]);
  });

  it("waits for its page when it is older than what is shown", () => {
    expect(placeImage(pages, shownImage(10), true)).toBe(pages);
    const whole = [{ images: [shownImage(30)] }];
    expect(idsOf(placeImage(whole, shownImage(10), true))).toEqual([["30", "10"]]);
    expect(idsOf(placeImage([{ images: [] }], shownImage(10), true))).toEqual([["10"]]);
  });

  it("changes in its place, and not back", () => {
    const newer = { ...shownImage(40), updatedAt: at(59), name: "new" };
    const after = placeImage(pages, newer, true);
    expect(idsOf(after)).toEqual(idsOf(pages));
    expect(after[0]?.images[1]?.name).toBe("new");
    expect(placeImage(after, shownImage(40), true)).toBe(after);
  });

  it("moves when it is uploaded anew", () => {
    expect(
      idsOf(placeImage(pages, { ...shownImage(20), uploadedAt: at(58), updatedAt: at(58) }, true)),
    ).toEqual([["20", "50", "40"], ["30"]]);
  });

  it("goes when it does not belong to the list any more, or is deleted", () => {
    expect(idsOf(placeImage(pages, shownImage(40), false))).toEqual([["50"], ["30", "20"]]);
    expect(idsOf(removeImage(pages, "20"))).toEqual([["50", "40"], ["30"]]);
  });
});

describe("filters", () => {
  it("have addresses that lead back to them", () => {
    for (const filter of FILTERS) {
      const query = Object.fromEntries(new URL(filterAddress(filter), "https://x.example").searchParams);
      expect(filterIn(query)).toBe(filter);
    }
    expect(filterIn({ status: "constructor" })).toBe("all");
  });

  it("take what they say", () => {
    expect(isIn("in-progress", "PENDING")).toBe(true);
    expect(isIn("in-progress", "PROCESSED")).toBe(false);
  });
});

describe("links", () => {
  const view = (url: string, given = {}) =>
    image("a", { variants: [variant("small", 1, 1, { url })], ...given });
  const urlOf = ({ variants }: { variants: { url: string }[] }) => variants[0]?.url;

  it("stay the same while they work, so that nothing is loaded twice", () => {
    let now = 0;
    const links = createLinkKeeper(() => now);
    expect(urlOf(links.keep(view("first")))).toBe("first");
    now = 9 * 60_000;
    expect(urlOf(links.keep(view("second")))).toBe("first");
    now = 11 * 60_000;
    expect(urlOf(links.keep(view("third")))).toBe("third");
  });

  it("change with the picture, and when they do not work", () => {
    const links = createLinkKeeper(() => 0);
    links.keep(view("first"));
    expect(urlOf(links.keep(view("second", { updatedAt: at(9) })))).toBe("second");
    links.forget("a");
    expect(urlOf(links.keep(view("third", { updatedAt: at(9) })))).toBe("third");
  });
});
