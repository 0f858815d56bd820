import sharp from "sharp";
import { describe, expect } from "vitest";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { anew, plain, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "edit@example.org");
});

async function sent(query = "", file: Buffer = red): Promise<string> {
  const { body } = await ann.call("POST", `/images${query}`, {
    body: new Uint8Array(file),
    headers: { "content-type": "image/png" },
  });
  await ann.done(body.imageId);
  return body.imageId;
}

const edit = (imageId: string, json: object) => ann.call("PATCH", `/images/${imageId}`, { json });
const shown = async (imageId: string) => (await ann.get(`/images/${imageId}`)).body;
async function listed(query: string): Promise<string[]> {
  const { body } = await ann.get(`/images?${query}`);
  return body.images.map(({ imageId }: { imageId: string }) => imageId);
}

describe("an image that is edited", () => {
  it("has what was given, and all else as it was", async () => {
    const imageId = await sent("?fileName=a.png&caption=before&tags=one,two");
    const { status, body } = await edit(imageId, { name: "Árbol", tags: [" Sea ", "sea", "ÉTÉ"] });
    const edited = { name: "Árbol", caption: "before", tags: ["sea", "été"] };
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...edited, imageId, status: "PROCESSED", isFocusPending: false });
    expect(await shown(imageId)).toMatchObject(edited);
    expect(await listed("search=arb")).toEqual([imageId]);
  });

  it("loses what is null: the name is the file's then", async () => {
    const imageId = await sent("?fileName=file.png&name=given&caption=c&tags=gone");
    await edit(imageId, { name: null, caption: null, tags: null });
    const image = await shown(imageId);
    expect(image.name).toBe("file.png");
    expect(image).not.toHaveProperty("caption");
    expect(image).not.toHaveProperty("tags");
    expect(await listed("tag=gone")).toEqual([]);
  });

  it("keeps it whatever a later file's metadata say, processed or rejected", async () => {
    const key = `users/${ann.userId}/kept.png`;
    const imageId = pipeline.imageIdOf(key);
    const metadata = { name: "of%20the%20file", caption: "of the file", tags: "of,file" };
    await pipeline.process(key, anew(red), { metadata });
    expect(await shown(imageId)).toMatchObject({ name: "of the file", tags: ["of", "file"] });
    await edit(imageId, { name: "mine", caption: null, tags: ["mine"] });
    for (const file of [anew(red), Buffer.from("text")]) {
      await pipeline.process(key, file, { metadata });
      const image = await shown(imageId);
      expect(image).toMatchObject({ name: "mine", tags: ["mine"] });
      expect(image).not.toHaveProperty("caption");
    }
    expect(await listed("search=mine&tag=mine")).toEqual([imageId]);
    expect(await listed("tag=file")).toEqual([]);
  });

  it("is found by its caption as that is now, whatever gave it", async () => {
    const foundBy = async (search: string) => {
      const { body } = await ann.get(`/images?search=${search}&cursor=captions.`);
      return body.images.map((image: { imageId: string }) => image.imageId);
    };
    const key = `users/${ann.userId}/captioned.png`;
    const imageId = pipeline.imageIdOf(key);
    const process = (caption: string, file = anew(red)) =>
      pipeline.process(key, file, { metadata: { caption } });
    await process("Harbour");
    await process("Pier");
    // What is rejected says nothing of what is published.
    await process("Quay", Buffer.from("text"));
    expect([await foundBy("harbour"), await foundBy("pier"), await foundBy("quay")]).toEqual([
      [],
      [imageId],
      [],
    ]);
    await edit(imageId, { caption: "Lighthouse" });
    await process("Pier");
    expect([await foundBy("pier"), await foundBy("lighthouse")]).toEqual([[], [imageId]]);
    await edit(imageId, { caption: null });
    // It costs nothing in the index any more.
    expect(await pipeline.recordOf(imageId)).not.toHaveProperty("captionKey");
    for (const file of [Buffer.from("text"), anew(red)]) {
      await process("Pier", file);
      expect([await foundBy("pier"), await foundBy("-")]).toEqual([[], []]);
    }
    await edit(imageId, { caption: "Beacon" });
    expect(await foundBy("beacon")).toEqual([imageId]);
  });

  it("is told of, once nothing is under way", async () => {
    const imageId = await sent();
    await pipeline.idle();
    // What was told in the five seconds before is told again.
    const since = new Date(Date.now() + 5_000).toISOString();
    await edit(imageId, { caption: "told" });
    const { body } = await ann.get(`/images/changes?since=${since}`);
    expect(body.changes.filter((change: { imageId: string }) => change.imageId === imageId)).toMatchObject([
      { status: "PROCESSED" },
    ]);
  });

  it.each([
    [{ name: "" }, '"name" is blank'],
    [{ tags: ["a,b"] }, '"tags.0" takes tags of 1 to 50 characters, without commas'],
    [{ tags: ["x".repeat(51)] }, '"tags.0" takes tags of 1 to 50 characters, without commas'],
    [{ tags: Array.from({ length: 21 }, (_, index) => `${index}`) }, '"tags" takes at most 20'],
    [{ focus: "left" }, '"focus" takes two fractions'],
    [{ owner: "bob" }, 'has no part called "owner"'],
  ])("refuses %j, with a sentence", async (json, sentence) => {
    const { status, body } = await edit("0".repeat(32), json);
    expect([status, body.detail]).toEqual([400, expect.stringContaining(sentence)]);
  });
});

describe("another focus", () => {
  /** Blue, but for its left end. */
  async function picture(): Promise<Buffer> {
    const left = await plain(300, 300, "#ff0000").png().toBuffer();
    const all = plain(900, 300, "#0000ff").composite([{ input: left, left: 0, top: 0 }]);
    return anew(await all.png().toBuffer());
  }

  async function isLeftEnd(imageId: string): Promise<boolean> {
    const { variants } = await ann.done(imageId);
    const { url } = variants.find(({ name }: { name: string }) => name === "thumbnail");
    const { dominant } = await sharp(Buffer.from(await (await fetch(url)).arrayBuffer())).stats();
    return dominant.r > dominant.b;
  }

  it("is seen once the image is processed again, at once where that is asked for", async () => {
    const imageId = await sent("?focus=0.9,0.5", await picture());
    expect(await isLeftEnd(imageId)).toBe(false);
    const waits = await edit(imageId, { focus: "0.1,0.5" });
    expect([waits.status, waits.body.focus, waits.body.isFocusPending]).toEqual([
      200,
      { x: 0.1, y: 0.5 },
      true,
    ]);
    expect(await isLeftEnd(imageId)).toBe(false);
    const begun = await edit(imageId, { reprocess: true });
    expect([begun.status, begun.body.status, begun.body.isFocusPending]).toEqual([202, "PROCESSING", false]);
    expect(await isLeftEnd(imageId)).toBe(true);
    await edit(imageId, { focus: null, reprocess: true });
    expect(await ann.done(imageId)).not.toHaveProperty("focus");
  });

  it("holds for a file that is still to come, and for whoever runs this", async () => {
    const file = await picture();
    const { imageId, uploadUrl, headers, filePath } = await announce(ann, file, {
      contentType: "image/png",
      focus: "0.9,0.5",
    });
    expect((await edit(imageId, { reprocess: true })).status).toBe(409);
    await edit(imageId, { focus: "0.1,0.5" });
    await put(uploadUrl, file, headers);
    expect(await isLeftEnd(imageId)).toBe(true);
    await edit(imageId, { focus: "0.9,0.5" });
    await pipeline.processAgain(filePath);
    expect(await isLeftEnd(imageId)).toBe(false);
  });
});

describe("tags", () => {
  it("are announced, or sent in a form, and lists have those that have one, page by page", async () => {
    const form = new FormData();
    form.set("file", new File([new Uint8Array(red)], "a.png", { type: "image/png" }));
    form.set("tags", "Holiday, lake ,");
    const { body } = await ann.call("POST", "/images", { body: form });
    const { imageId } = await announce(ann, red, { contentType: "image/png", tags: ["HOLIDAY"] });
    await ann.done(body.imageId);
    await sent("?tags=other");
    const first = await ann.get("/images?tag=holiday&limit=1&sort=oldest");
    expect(first.body.images).toMatchObject([{ imageId: body.imageId, tags: ["holiday", "lake"] }]);
    const { nextCursor } = first.body;
    const second = await ann.get(`/images?tag=holiday&limit=1&sort=oldest&cursor=${nextCursor}`);
    expect(second.body.images).toMatchObject([{ imageId }]);
    expect(second.body).not.toHaveProperty("nextCursor");
    expect(await listed("tag=Holiday&status=PENDING")).toEqual([imageId]);
    expect(await listed("tag=holiday&sort=name")).toHaveLength(2);
  });

  it("are found however many others there are, a thousand at a request", async () => {
    const old = new Date(0).toISOString();
    const items = Array.from({ length: 1500 }, (_, index) => ({
      imageId: index.toString(16).padStart(32, "0"),
      status: "PROCESSED",
      owner: "many",
      taggedOwner: ann.userId,
      tags: ["many"],
      uploadedAt: new Date(index).toISOString(),
      updatedAt: old,
      original: { key: "many.png", bytes: 1 },
      downloads: {},
    }));
    await pipeline.putItems(pipeline.names.table, items);
    const imageId = await sent("?tags=rare");
    const first = await ann.get("/images?tag=rare&sort=oldest");
    expect(first.body).toMatchObject({ images: [], nextCursor: expect.any(String) });
    const second = await ann.get(`/images?tag=rare&sort=oldest&cursor=${first.body.nextCursor}`);
    expect(second.body.images).toMatchObject([{ imageId }]);
    // What an index says of an image is held against its record.
    expect(await listed("tag=many&limit=5")).toEqual([]);
  });

  it("in a file's metadata that cannot be understood reject the file", async () => {
    const key = "wrong-tags.png";
    await pipeline.process(key, red, { metadata: { tags: "x".repeat(51) } });
    const { lastAttempt } = (await pipeline.record(key)) ?? {};
    expect(lastAttempt?.rejection?.code).toBe("WRONG_METADATA");
    expect(lastAttempt?.rejection?.reason).toMatch(/^The metadata x-amz-meta-tags takes up to 20 tags/);
  });
});
