import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { afterEach, describe, expect } from "vitest";
import { putBack } from "../../cli/rollback/put-back.ts";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { anew, plain, red, sample } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

const CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";

let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "ann@public.example.org");
});

afterEach(() => pipeline.engine.faults.clear());

async function send(file: Buffer, caption = ""): Promise<string> {
  const form = new FormData();
  form.set("file", new File([new Uint8Array(file)], "a.jpg"));
  if (caption) form.set("caption", caption);
  const { body } = await ann.call("POST", "/images", { body: form });
  expect((await ann.done(body.imageId)).status).toBe("PROCESSED");
  return body.imageId;
}

async function published(caption?: string): Promise<{ imageId: string; large: string }> {
  const imageId = await send(anew(red), caption);
  const { status, body } = await ann.call("POST", `/images/${imageId}/publish`);
  expect(status).toBe(200);
  return { imageId, large: body.addresses.large };
}

const copiesOf = async (imageId: string) => pipeline.keysIn("processed", `public/${imageId}/`);

/** Where an address leads. */
async function lead(address: string, accept = CHROME): Promise<string> {
  const response = await fetch(address, { redirect: "manual", headers: { accept } });
  expect(response.status).toBe(302);
  return response.headers.get("location") ?? "";
}

async function reprocessed(imageId: string): Promise<void> {
  const { key = "" } = (await pipeline.recordOf(imageId))?.original ?? {};
  await pipeline.processAgain(key);
}

describe("an image that is made public", () => {
  it("is seen by anybody, and its files are to be kept for good", async () => {
    const { imageId, large } = await published();
    expect(large).toBe(`${pipeline.engine.siteUrl}/p/${imageId}/large`);
    const location = await lead(large);
    const { version } = (await pipeline.recordOf(imageId))?.published ?? {};
    expect(location).toBe(`${pipeline.engine.siteUrl}/public/${imageId}/${version}/large.webp`);
    const response = await fetch(location, { headers: { origin: "http://localhost:1" } });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "image/webp",
      "access-control-allow-origin": "*",
    });
    const { body } = await ann.get(`/images/${imageId}`);
    expect(body.public).toEqual({ since: expect.any(String), addresses: expect.objectContaining({ large }) });
  });

  let anyOne: ReturnType<typeof published> | undefined;
  it.each([
    ["takes AVIF and WebP", CHROME, "webp"],
    ["takes WebP", "image/webp,*/*", "webp"],
    ["takes anything, and names nothing", "*/*", "jpeg"],
    ["refuses WebP", "image/webp;q=0,image/*", "jpeg"],
  ])("is shown to what %s in the best format that there is", async (_, accept, format) => {
    anyOne ??= published();
    const { large } = await anyOne;
    expect(await lead(large, accept)).toMatch(new RegExp(`/large\\.${format}$`));
    expect(await lead(`${large}.jpeg`, accept)).toMatch(/\/large\.jpeg$/);
  });

  it("is made so once, however often it is asked", async () => {
    const { imageId } = await published();
    const before = await copiesOf(imageId);
    const again = await ann.call("POST", `/images/${imageId}/publish`);
    expect(again.status).toBe(200);
    expect(await copiesOf(imageId)).toEqual(before);
    expect((await pipeline.recordOf(imageId))?.public?.since).toBe(again.body.since);
  });

  it("is gone when it is taken back, and stays its owner's", async () => {
    const { imageId, large } = await published();
    const location = await lead(large);
    for (let time = 0; time < 2; time++)
      expect((await ann.call("DELETE", `/images/${imageId}/publish`)).status).toBe(204);
    expect((await fetch(large)).status).toBe(404);
    expect((await fetch(location)).status).toBe(404);
    expect(await copiesOf(imageId)).toEqual([]);
    const { body } = await ann.get(`/images/${imageId}`);
    expect(body.public).toBeUndefined();
    expect((await fetch(body.variants[0].url)).status).toBe(200);
  });

  it("is taken back or made public, and nothing in between, when both are asked for at once", async () => {
    const { imageId } = await published();
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        ann.call("DELETE", `/images/${imageId}/publish`),
        ann.call("POST", `/images/${imageId}/publish`),
        ann.call("DELETE", `/images/${imageId}/publish`),
      ]);
      const isPublic = (await pipeline.recordOf(imageId))?.public !== undefined;
      expect((await copiesOf(imageId)).length > 0).toBe(isPublic);
    }
  });

  it("is shown anew under the same address once it is processed again, and after a rollback as it was before", async () => {
    const { imageId, large } = await published();
    const first = await lead(large);
    await reprocessed(imageId);
    const second = await lead(large);
    expect(second).not.toBe(first);
    expect((await fetch(second)).status).toBe(200);
    expect((await fetch(first)).status).toBe(404);

    const { clients, names } = pipeline;
    const shelf = { ...clients, tableName: names.table, processedBucket: names.processed };
    const { key = "" } = (await pipeline.recordOf(imageId))?.original ?? {};
    expect(await putBack(key, shelf, false)).toBe("swapped");
    expect(await lead(large)).toBe(first);
    expect((await fetch(first)).status).toBe(200);
  });

  it("shows what it did until what is new has been copied, however long that takes", async () => {
    const { imageId, large } = await published();
    const first = await lead(large);
    const target = { service: "s3", operation: "CopyObject", key: `public/${imageId}/` };
    pipeline.engine.faults.add({ target, kind: "error500", times: 60 });
    const copying = pipeline.hold(target);
    const { key = "" } = (await pipeline.recordOf(imageId))?.original ?? {};
    await pipeline.askAgain(key);
    await copying.reached();
    expect(await lead(large)).toBe(first);
    expect((await fetch(first)).status).toBe(200);
    copying.release();
    await pipeline.idle();
    pipeline.engine.faults.clear();
    const second = await lead(large);
    expect(second).not.toBe(first);
    expect((await fetch(second)).status).toBe(200);
  });

  it("is seen by nobody as it was, once it is shown anew or taken back, though S3 fails more often than the SDK tries", async () => {
    const { imageId, large } = await published();
    const first = await lead(large);
    const target = { service: "s3", operation: "DeleteObjects", key: pipeline.names.processed };
    pipeline.engine.faults.add({ target, kind: "error500", times: 4 });
    await reprocessed(imageId);
    expect((await fetch(first)).status).toBe(404);
    const second = await lead(large);
    const taking = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
    const taken = ann.call("DELETE", `/images/${imageId}/publish`);
    await taking.reached();
    pipeline.engine.faults.add({ target, kind: "error500", times: 4 });
    taking.release();
    expect((await taken).status).toBe(204);
    expect((await fetch(second)).status).toBe(404);
    pipeline.engine.faults.clear();
  });

  describe("while another function shows it anew:", () => {
    const copy = (imageId: string) => ({ service: "s3", operation: "CopyObject", key: `public/${imageId}/` });

    /** @returns what holds it back when it has copied, and the record says so. */
    async function pointed(copying: ReturnType<Pipeline["hold"]>) {
      await copying.reached();
      const pointing = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
      copying.release();
      await pointing.reached();
      const listing = pipeline.hold({ service: "s3", operation: "ListObjectsV2" });
      pointing.release();
      await listing.reached();
      return listing;
    }

    it("a newer version keeps its copies, though that one fails", async () => {
      const imageId = await send(anew(red));
      const { faults } = pipeline.engine;
      const copying = pipeline.hold(copy(imageId));
      const asked = ann.call("POST", `/images/${imageId}/publish`);
      const listing = await pointed(copying);
      await reprocessed(imageId);
      const copies = await copiesOf(imageId);
      const { version = "" } = (await pipeline.recordOf(imageId))?.public ?? {};
      expect(copies).toContainEqual(expect.stringContaining(version));
      faults.add({ target: copy(imageId), kind: "error500", times: 100 });
      listing.release();
      await asked;
      faults.clear();
      expect((await pipeline.recordOf(imageId))?.public?.version).toBe(version);
      expect(await copiesOf(imageId)).toEqual(copies.filter((key) => key.includes(version)));
    });

    it("what is taken back is seen by nobody, though that one fails", async () => {
      const { imageId } = await published();
      const { key = "" } = (await pipeline.recordOf(imageId))?.original ?? {};
      const copying = pipeline.hold(copy(imageId));
      await pipeline.askAgain(key);
      const listing = await pointed(copying);
      expect((await ann.call("DELETE", `/images/${imageId}/publish`)).status).toBe(204);
      const target = { service: "s3", operation: "DeleteObjects", key: pipeline.names.processed };
      pipeline.engine.faults.add({ target, kind: "error500", times: 3 });
      listing.release();
      await pipeline.idle();
      expect((await pipeline.recordOf(imageId))?.public).toBeUndefined();
      expect(await copiesOf(imageId)).toEqual([]);
    });

    it("what is taken back is seen by nobody, though one of its copies is slow and another one fails", async () => {
      const imageId = await send(anew(red));
      const copying = pipeline.hold(copy(imageId));
      pipeline.engine.faults.add({ target: copy(imageId), kind: "error500", times: 30 });
      const asked = ann.call("POST", `/images/${imageId}/publish`);
      await copying.reached();
      // Who fails waits for whoever is slow.
      const isSettled = await Promise.race([asked.then(() => true), sleep(1000, false)]);
      copying.release();
      expect([isSettled, (await asked).status]).toEqual([false, 500]);
      pipeline.engine.faults.clear();
      expect((await ann.call("DELETE", `/images/${imageId}/publish`)).status).toBe(204);
      expect(await copiesOf(imageId)).toEqual([]);
    });
  });

  it("is gone with its original", async () => {
    const { imageId, large } = await published();
    const location = await lead(large);
    await ann.call("DELETE", `/images/${imageId}`);
    await expect.poll(() => copiesOf(imageId)).toEqual([]);
    expect((await fetch(large)).status).toBe(404);
    expect((await fetch(location)).status).toBe(404);
  });
});

it("what nobody made public, or does not exist, is a 404 for anybody", async () => {
  const imageId = await send(anew(await plain(40, 40).png().toBuffer()));
  const { imageId: shown } = await published();
  const statusOf = async (path: string) => (await fetch(`${pipeline.engine.siteUrl}/p/${path}`)).status;
  expect(await statusOf(`${imageId}/large`)).toBe(404);
  expect(await statusOf(`${"0".repeat(32)}/large`)).toBe(404);
  expect(await statusOf("nothing/large")).toBe(404);
  expect(await statusOf(`${shown}/huge`)).toBe(404);
});

it("an image without published files cannot be made public yet", async () => {
  const { body } = await ann.call("POST", "/uploads", {
    json: { fileName: "a.png", contentType: "image/png", bytes: 10 },
  });
  expect((await ann.call("POST", `/images/${body.imageId}/publish`)).status).toBe(409);
});

describe("the HTML of a public image", () => {
  it("lets the browser choose by width and format, and has all that it shows", async () => {
    const imageId = await send(anew(sample("rocket.jpg")), `Lift-off "now" <b>&</b> 'then'`);
    expect((await ann.get(`/images/${imageId}/embed`)).status).toBe(409);
    await ann.call("POST", `/images/${imageId}/publish`);
    const { status, body } = await ann.get(
      `/images/${imageId}/embed?sizes=${encodeURIComponent('(min-width: 600px) 50vw, 100vw "')}`,
    );
    expect(status).toBe(200);
    const { html, sources, img, placeholder } = body;
    expect(html).toMatch(/^<picture>\n {2}<source type="image\/webp" srcset="http/);
    expect(html).toContain('alt="Lift-off &quot;now&quot; &lt;b&gt;&amp;&lt;/b&gt; &#39;then&#39;"');
    expect(html).toContain('sizes="(min-width: 600px) 50vw, 100vw &quot;"');
    expect(html).toMatch(/width="640" height="427".* loading="lazy"/);
    expect(placeholder).toMatch(/^data:image\/png;base64,/);
    expect(html).toContain(placeholder);
    expect(html.match(/"/g)?.length % 2).toBe(0);
    const candidates = [...sources.map(({ srcset }: { srcset: string }) => srcset), img.srcset].join(", ");
    // The thumbnail is cropped, and no part of it.
    expect(candidates).not.toContain("thumbnail");
    for (const candidate of candidates.split(", ")) {
      const [address = "", width] = candidate.split(" ");
      const response = await fetch(address);
      expect([response.status, width]).toEqual([200, expect.stringMatching(/^\d+w$/)]);
    }
  });

  it("has no placeholder where the picture can be seen through", async () => {
    const transparent = await sharp({
      create: { width: 60, height: 40, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0.3 } },
    })
      .png()
      .toBuffer();
    const imageId = await send(anew(transparent));
    await ann.call("POST", `/images/${imageId}/publish`);
    const { body } = await ann.get(`/images/${imageId}/embed`);
    expect(body.placeholder).toBeUndefined();
    expect(body.html).not.toContain("background");
  });
});
