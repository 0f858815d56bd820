import { describe, expect, it } from "vitest";
import type { Listing } from "../../site/src/api/api.ts";
import { createLinkKeeper } from "../../site/src/api/links.ts";
import { dayText } from "../../site/src/gallery/days.ts";
import { viewAddress, viewIn } from "../../site/src/parts/view-address.ts";
import {
  belongsTo,
  EVERYTHING,
  FILTERS,
  isIn,
  orderOf,
  placeImage,
  removeImage,
  SORTS,
} from "../../site/src/store/lists.ts";
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

describe("what is seen of the photographs", () => {
  it("has an address that leads back to it", () => {
    for (const filter of FILTERS)
      for (const sort of SORTS)
        for (const [search, tag] of [
          ["", ""],
          ["Bern & Thun", "lake"],
          ["50 %", "at the sea & in it"],
        ] as const) {
          const view = { filter, sort, search, tag };
          const query = Object.fromEntries(new URL(viewAddress(view), "https://x.example").searchParams);
          expect(viewIn(query)).toEqual(view);
        }
    expect(viewAddress(EVERYTHING)).toBe("/");
    expect(viewIn({ status: "constructor", sort: "toString" })).toEqual(EVERYTHING);
    expect(viewIn({ tag: " LAKE " })).toEqual({ ...EVERYTHING, tag: "lake" });
  });

  it("has an image whose name or caption begins as is asked for, whatever the case and the accents", () => {
    const named = (name: string) => image("a", { name });
    const view = { ...EVERYTHING, search: "zur" };
    expect(belongsTo(view, named("Zürich"))).toBe(true);
    expect(belongsTo(view, named("In Zürich"))).toBe(false);
    expect(belongsTo(view, image("a", { name: "In Zürich", caption: "Zürich" }))).toBe(true);
    expect(belongsTo(view, image("a", { name: "In Zürich", caption: "In Zürich" }))).toBe(false);
  });

  it("has those whose name begins so before those whose caption does", () => {
    const isBefore = orderOf({ ...EVERYTHING, search: "zur" });
    const inOrder = [
      image("1", { name: "Zürich" }),
      image("2", { name: "Zürich, later", caption: "a lake" }),
      image("3", { name: "b", caption: "Zürich" }),
      image("4", { name: "a", caption: "Zürich, later" }),
    ];
    for (const [at, one] of inOrder.entries())
      expect(inOrder.filter((other) => isBefore(one, other))).toEqual(inOrder.slice(at + 1));
  });

  it("has an image that has the tag which is asked for, and not one that has had it", () => {
    const view = { ...EVERYTHING, tag: "lake" };
    expect(belongsTo(view, image("a", { tags: ["sea", "lake"] }))).toBe(true);
    expect(belongsTo(view, image("a", { tags: ["lakes"] }))).toBe(false);
    expect(belongsTo(view, image("a"))).toBe(false);
  });

  it("is in the order that is asked for when another image comes", () => {
    const of = (...minutes: number[]): Listing[] => [{ images: minutes.map(shownImage) }];
    const oldest = orderOf({ ...EVERYTHING, sort: "oldest" });
    expect(idsOf(placeImage(of(20, 40), shownImage(30), true, oldest))).toEqual([["20", "30", "40"]]);
    const byName = orderOf({ ...EVERYTHING, sort: "name" });
    const renamed = { ...shownImage(20), name: "Ämter", updatedAt: at(59) };
    expect(idsOf(placeImage(of(20, 30), { ...renamed, name: "99" }, true, byName))).toEqual([["30", "20"]]);
    expect(idsOf(placeImage(of(30), renamed, true, byName))).toEqual([["30", "20"]]);
  });

  it("is under the day, and before that under the month, that it was sent in", () => {
    const now = new Date(2026, 10, 22, 9);
    const day = (date: number, hour: number) => dayText(new Date(2026, 10, date, hour).toISOString(), now);
    expect([day(22, 1), day(21, 23), day(18, 5), day(1, 5)]).toEqual([
      "Today",
      "Yesterday",
      "Wednesday",
      "November 2026",
    ]);
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
