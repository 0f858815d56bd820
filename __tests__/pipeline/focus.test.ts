import sharp from "sharp";
import { describe, expect } from "vitest";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let client: ApiClient;
let picture: Buffer;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  client = await apiClientOf(pipeline, "focus@example.org");
  // Blue, but for its left end.
  const red = await plain(300, 300, "#ff0000").png().toBuffer();
  picture = await plain(900, 300, "#0000ff")
    .composite([{ input: red, left: 0, top: 0 }])
    .png()
    .toBuffer();
});

async function colourOfThumbnail(url: string): Promise<number[]> {
  const file = Buffer.from(await (await fetch(url)).arrayBuffer());
  const { dominant } = await sharp(file).stats();
  return [dominant.r, dominant.g, dominant.b];
}

async function expectRedThumbnail(imageId: string) {
  const image = await client.done(imageId);
  expect(image).toMatchObject({ status: "PROCESSED", focus: { x: 0.1, y: 0.5 } });
  const thumbnail = image.variants.find(({ name }: { name: string }) => name === "thumbnail");
  const [red = 0, , blue = 0] = await colourOfThumbnail(thumbnail.url);
  expect(red).toBeGreaterThan(200);
  expect(blue).toBeLessThan(60);
}

describe("where the focus is", () => {
  it("is said by the object's metadata, and kept in the record, also when it is processed again", async () => {
    await pipeline.process("focus.png", picture, { metadata: { focus: "0.1,0.5" } });
    for (const again of [false, true]) {
      if (again) await pipeline.processAgain("focus.png");
      const record = await pipeline.record("focus.png");
      expect(record?.published?.focus).toEqual({ x: 0.1, y: 0.5 });
      const { dominant } = await sharp(await pipeline.shown("focus.png", "thumbnail.webp")).stats();
      expect(dominant.r).toBeGreaterThan(dominant.b);
    }
  });

  it("is announced with an upload, in a header that belongs to its address", async () => {
    const file = { contentType: "image/png", fileName: "focus.png", focus: "0.1, 0.5" };
    const { imageId, uploadUrl, headers } = await announce(client, picture, file);
    expect(headers["x-amz-meta-focus"]).toBe("0.1, 0.5");
    const { "x-amz-meta-focus": _, ...without } = headers;
    expect((await put(uploadUrl, picture, without)).status).toBe(403);
    expect((await put(uploadUrl, picture, { ...headers, "x-amz-meta-focus": "0.9,0.5" })).status).toBe(403);
    expect((await put(uploadUrl, picture, headers)).status).toBe(200);
    await expectRedThumbnail(imageId);
  });

  it("is sent along with the file, in a form or in the query", async () => {
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(picture)], { type: "image/png" }), "focus.png");
    form.set("focus", "0.1,0.5");
    await expectRedThumbnail((await client.call("POST", "/images", { body: form })).body.imageId);
    const { body } = await client.call("POST", "/images?focus=0.1,0.5", {
      body: new Uint8Array(picture),
      headers: { "content-type": "image/png" },
    });
    await expectRedThumbnail(body.imageId);
  });

  it.each(["left", "0.5", "2,0", "0.5,0.5,0.5"])("is refused by the API where it is %j", async (focus) => {
    const detail = expect.stringContaining('"focus" takes two fractions of width and height');
    const json = { fileName: "a.png", contentType: "image/png", bytes: 9, focus };
    expect(await client.call("POST", "/uploads", { json })).toMatchObject({ status: 400, body: { detail } });
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(picture)], { type: "image/png" }), "focus.png");
    form.set("focus", focus);
    const sent = await client.call("POST", "/images", { body: form });
    expect(sent).toMatchObject({ status: 400, body: { detail } });
  });

  it("is all that can be asked for where no preset can", async () => {
    await pipeline.process("asks-for-preset.png", picture, { metadata: { preset: "portrait" } });
    const reason = 'The preset "portrait" cannot be asked for. Upload the file without a preset.';
    expect((await pipeline.record("asks-for-preset.png"))?.lastAttempt).toMatchObject({
      status: "REJECTED",
      rejection: { code: "WRONG_METADATA", reason },
    });
    await pipeline.process("asks-for-default.png", picture, { metadata: { preset: "default" } });
    expect((await pipeline.record("asks-for-default.png"))?.published?.preset?.name).toBe("default");
  });

  it("rejects an object whose metadata make no sense of it, so that nobody finds a wrong crop later", async () => {
    const { status } = await pipeline.process("wrong-focus.png", picture, { metadata: { focus: "50%,20%" } });
    expect(status).toBe("FAILED");
    expect((await pipeline.record("wrong-focus.png"))?.lastAttempt).toMatchObject({
      status: "REJECTED",
      rejection: { code: "WRONG_METADATA", reason: expect.stringContaining('is "50%,20%". It takes two') },
    });
  });
});
