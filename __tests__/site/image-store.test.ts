import { type InfiniteData, QueryClient } from "@tanstack/preact-query";
import { describe, expect, it } from "vitest";
import type { Changes, ImageChange, ImageView, Listing, ListOptions } from "../../site/src/api/api.ts";
import { createImageStore, listKey } from "../../site/src/store/image-store.ts";
import { EVERYTHING } from "../../site/src/store/lists.ts";
import { image } from "./support.ts";

const START = Date.parse("2026-01-01T00:00:00.000Z");
const instant = (ms: number) => new Date(ms).toISOString();

/** A page with its store, in front of an API that says what it is told to, with a clock of its own. */
function pageOf(records: ImageView[] = []) {
  let nowMs = START;
  let changes: ImageChange[] = [];
  let over: Partial<Changes> = {};
  const byId = new Map(records.map((record) => [record.imageId, record]));
  let refusals = 0;
  const asked: string[] = [];
  const finished: string[] = [];
  const client = new QueryClient();
  const api = {
    async list({ tag }: ListOptions): Promise<Listing> {
      asked.push("list");
      const images = [...byId.values()].toReversed();
      return { images: images.filter(({ tags = [] }) => tag === undefined || tags.includes(tag)) };
    },
    async images(imageIds: string[]): Promise<ImageView[]> {
      asked.push(`images ${imageIds}`);
      if (refusals-- > 0) throw new Error("refused");
      return imageIds.flatMap((imageId) => byId.get(imageId) ?? []);
    },
    async changes(since?: string): Promise<Changes> {
      asked.push(`changes${since === undefined ? "" : ` since ${(Date.parse(since) - START) / 1000}`}`);
      const told = { changes, isCut: false, cursor: instant(nowMs), waitMs: 15_000, ...over };
      [changes, over] = [[], {}];
      return told;
    },
  };
  const store = createImageStore(
    api,
    client,
    ({ imageId, status }) => finished.push(`${imageId} ${status}`),
    () => nowMs,
  );
  const { signal } = new AbortController();
  return {
    store,
    client,
    finished,
    is: (imageId: string, given: Partial<ImageView>) =>
      byId.set(imageId, image(imageId, { ...byId.get(imageId), updatedAt: instant(nowMs), ...given })),
    refuse: (times: number) => {
      refusals = times;
    },
    isGone: (imageId: string) => byId.delete(imageId),
    tell: (imageId: string, status: ImageChange["status"], given: Partial<Changes> = {}) => {
      changes = [...changes, { imageId, status, at: instant(nowMs), steps: [] }];
      over = given;
    },
    /** What is asked until so much time has passed, as often as the store says. */
    async wait(ms: number): Promise<string[]> {
      asked.length = 0;
      for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += store.pollDelayMs())
        await store.poll(signal);
      return [...asked];
    },
    async open(view = EVERYTHING): Promise<void> {
      const data: InfiniteData<Listing> = {
        pages: [await store.page(view, undefined, signal)],
        pageParams: [undefined],
      };
      client.setQueryData(listKey(view), data);
    },
    listed: (view = EVERYTHING) =>
      client
        .getQueryData<InfiniteData<Listing>>(listKey(view))
        ?.pages.flatMap(({ images }) => images.map(({ imageId, status }) => `${imageId} ${status}`)),
  };
}

const id = (letter: string) => letter.repeat(32);
const [a, b] = [id("a"), id("b")];

describe("what is changed from here", () => {
  it("is known at once in every list: it comes into those it belongs to, and leaves the others", async () => {
    const page = pageOf([image(a), image(b)]);
    await page.open();
    const tagged = { ...EVERYTHING, tag: "lake" };
    await page.open(tagged);
    expect(page.listed(tagged)).toEqual([]);
    page.store.amend(a, { tags: ["lake"] });
    expect(page.listed(tagged)).toEqual([`${a} PROCESSED`]);
    page.store.amend(a, { tags: [] });
    expect(page.listed(tagged)).toEqual([]);
    expect(page.listed()).toHaveLength(2);
  });

  it("is not undone by an answer from before it, which is no end of what was begun", async () => {
    const page = pageOf([image(a)]);
    await page.open();
    page.store.amend(a, { status: "PROCESSING" });
    page.store.learn([image(a)]);
    expect(page.listed()).toEqual([`${a} PROCESSING`]);
    expect(page.finished).toEqual([]);
    page.store.learn([image(a, { updatedAt: instant(START + 60_000) })]);
    expect(page.listed()).toEqual([`${a} PROCESSED`]);
    expect(page.finished).toEqual([`${a} PROCESSED`]);
  });

  it("is begun where the answer that says so comes after it is done, too: then it stays done", async () => {
    const page = pageOf([image(a)]);
    await page.open();
    const done = image(a, { updatedAt: instant(START + 60_000) });
    page.store.learn([done]);
    page.store.restarted(image(a));
    expect(page.listed()).toEqual([`${a} PROCESSED`]);
    page.store.restarted(done);
    expect(page.listed()).toEqual([`${a} PROCESSING`]);
    page.store.learn([image(a, { updatedAt: instant(START + 120_000) })]);
    expect(page.finished).toEqual([`${a} PROCESSED`]);
  });

  it("is not invented of an image that nothing is known of", async () => {
    const page = pageOf([image(a)]);
    await page.open();
    page.store.amend(b, { name: "Nobody" });
    expect(page.listed()).toEqual([`${a} PROCESSED`]);
  });
});

describe("a page on which nothing happens", () => {
  it("asks every 15 seconds what has changed, and nothing else", async () => {
    const page = pageOf([image(a)]);
    await page.open();
    expect(await page.wait(60_000)).toEqual([
      "changes",
      "changes since 0",
      "changes since 15",
      "changes since 30",
    ]);
  });

  it("shows what was sent from elsewhere with the next look, and one more request", async () => {
    const page = pageOf([image(a, { uploadedAt: instant(START - 60_000) })]);
    await page.open();
    await page.wait(30_000);
    page.is(b, { status: "PROCESSED", uploadedAt: instant(START) });
    page.tell(b, "PROCESSED");
    expect(await page.wait(2_000)).toEqual(["changes since 15", `images ${b}`]);
    expect(page.listed()).toEqual([`${b} PROCESSED`, `${a} PROCESSED`]);
    // It was not seen to be under way.
    expect(page.finished).toEqual([]);
  });

  it("takes away what was deleted elsewhere, and shows it again when it comes back", async () => {
    const page = pageOf([image(a), image(b)]);
    await page.open();
    await page.wait(1);
    page.isGone(a);
    page.tell(a, "DELETED");
    await page.wait(16_000);
    expect(page.listed()).toEqual([`${b} PROCESSED`]);
    page.is(a, { status: "PROCESSING", uploadedAt: instant(START + 20_000) });
    page.tell(a, "PROCESSING");
    await page.wait(16_000);
    expect(page.listed()).toEqual([`${a} PROCESSING`, `${b} PROCESSED`]);
  });
});

describe("a page on which images are processed", () => {
  it("asks once a second, at any number of them, and for each image once when it is over", async () => {
    const page = pageOf();
    await page.open();
    const ids = Array.from({ length: 30 }, (_, index) => index.toString(16).padStart(32, "0"));
    page.store.learn(
      ids.map((imageId) =>
        image(imageId, { status: "PENDING", uploadedAt: instant(START), updatedAt: instant(0) }),
      ),
    );
    for (const imageId of ids) page.tell(imageId, "PROCESSING");
    expect(await page.wait(10_000)).toHaveLength(10);
    expect(page.listed()).toEqual(ids.map((imageId) => `${imageId} PROCESSING`));
    for (const imageId of ids) {
      page.is(imageId, { status: "PROCESSED", uploadedAt: instant(START) });
      page.tell(imageId, "PROCESSED");
    }
    expect(await page.wait(3_000)).toEqual(["changes since 9", `images ${ids}`]);
    expect(page.finished).toEqual(ids.map((imageId) => `${imageId} PROCESSED`));
    expect(page.store.pollDelayMs()).toBe(15_000);
  });

  it("asks less often when nothing changes, and looks at what nothing was heard of for half a minute", async () => {
    const page = pageOf([image(a, { status: "PROCESSING" })]);
    await page.open();
    const asked = await page.wait(60_000);
    expect(asked.length).toBeLessThan(40);
    expect(asked.filter((request) => request === `images ${a}`)).toHaveLength(1);
    page.is(a, { status: "FAILED" });
    await page.wait(40_000);
    expect(page.finished).toEqual([`${a} FAILED`]);
  });

  it("believes the record, not what is told", async () => {
    const page = pageOf([image(a)]);
    await page.open();
    page.tell(a, "FAILED");
    await page.wait(3_000);
    expect(page.listed()).toEqual([`${a} PROCESSED`]);
  });

  it("lists anew, not more than every 15 seconds, when more has changed than is told", async () => {
    const page = pageOf([image(a)]);
    await page.open();
    let times = 0;
    page.client.invalidateQueries = async () => {
      times += 1;
    };
    for (let second = 0; second < 20; second++) {
      page.tell(a, "PROCESSED", { isCut: true, waitMs: 1_000 });
      await page.wait(1_000);
    }
    expect(times).toBe(2);
  });

  it("asks again for what was not answered", async () => {
    const page = pageOf([image(a, { status: "PROCESSING" })]);
    await page.open();
    await page.wait(5_000);
    page.is(a, { status: "PROCESSED" });
    page.tell(a, "PROCESSED");
    await page.wait(1);
    page.refuse(1);
    await expect(page.wait(1)).rejects.toThrow("refused");
    expect(await page.wait(2_000)).toEqual([expect.stringContaining("changes"), `images ${a}`]);
    expect(page.finished).toEqual([`${a} PROCESSED`]);
  });
});
