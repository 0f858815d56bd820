import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { EngineEvents } from "stack-engine";
import { afterEach, describe, expect } from "vitest";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { apiClientOf } from "../fixtures/api-client.ts";
import { blue, plain } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
  pipeline.engine.events.on("call", listen);
  return () => pipeline.engine.events.off("call", listen);
});
afterEach(() => pipeline.engine.faults.clear());

let calls: string[] = [];
const listen = ({ functionName, operation }: EngineEvents["call"][0]) =>
  calls.push(`${functionName?.replace("image-pipeline-dev-", "")}: ${operation}`);

/** What was done for the images that came meanwhile: `made` from their pixels, or `copied`. */
async function workOf(during: () => Promise<unknown>): Promise<string[]> {
  calls = [];
  await during();
  await pipeline.idle();
  const staged = calls.filter((call) => call === "resize: PutObject").map(() => "made");
  const copies = calls.filter((call) => call === "watermark: CopyObject");
  const written = calls.filter((call) => call === "watermark: PutObject");
  expect(copies.length === 0 || written.length === 0 || staged.length > 0).toBe(true);
  return [...staged, ...(copies.length > 0 ? [`copied ${copies.length}`] : [])];
}

let photographs = 0;
/** Of which four files are made, as all variants but the thumbnail come out the same; another one each time. */
const photograph = () => {
  photographs += 1;
  return plain(300 + photographs, 200, "#2060a0")
    .png()
    .toBuffer();
};
const remove = (Key: string) =>
  pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key }));
const variantsOf = async (key: string) => (await pipeline.record(key))?.published?.variants ?? [];
const filesOf = async (key: string) => {
  const files = fileKeysOf((await pipeline.record(key))?.published);
  return Promise.all(files.map((file) => pipeline.published(file)));
};

describe("the same bytes under two keys", () => {
  it("are processed once, and shown for both, with the same facts and files of their own", async () => {
    const file = await photograph();
    expect(await workOf(() => pipeline.process("copies/one/a.png", file))).toEqual(["made"]);
    expect(await workOf(() => pipeline.process("copies/two/b.png", file))).toEqual(["copied 4"]);
    const [one, two] = [await pipeline.record("copies/one/a.png"), await pipeline.record("copies/two/b.png")];
    const { original, thumbhash, dominantColour, preset } = one?.published ?? {};
    expect(two).toMatchObject({
      status: "PROCESSED",
      name: "b.png",
      published: {
        thumbhash,
        dominantColour,
        preset,
        original: { ...original, versionId: expect.any(String) },
      },
    });
    const withoutKey = async (key: string) =>
      (await variantsOf(key)).map(({ key: _, ...variant }) => variant);
    expect(await withoutKey("copies/two/b.png")).toEqual(await withoutKey("copies/one/a.png"));
    const prefix = `files/_/${two?.imageId}/${two?.published?.version}/`;
    for (const { key } of await variantsOf("copies/two/b.png"))
      expect(key.startsWith(prefix), key).toBe(true);
    expect(await filesOf("copies/two/b.png")).toEqual(await filesOf("copies/one/a.png"));
    const head = await pipeline.headPublished((await variantsOf("copies/two/b.png"))[0]?.key ?? "");
    expect(head).toMatchObject({
      ContentType: "image/webp",
      CacheControl: "private, max-age=31536000, immutable",
    });
  });

  it("are deleted apart: the other stays, and can be copied again", async () => {
    const file = await photograph();
    await pipeline.process("copies/stays.png", file);
    await pipeline.process("copies/goes.png", file);
    const files = await filesOf("copies/stays.png");
    await remove("copies/goes.png");
    await pipeline.idle();
    expect(await pipeline.record("copies/goes.png")).toBeUndefined();
    expect(await filesOf("copies/stays.png")).toEqual(files);
    expect(files).toHaveLength(4);
  });

  it("are overwritten apart, also when the first was the one that was processed", async () => {
    const file = await photograph();
    await pipeline.process("copies/first.png", file);
    await pipeline.process("copies/second.png", file);
    const files = await filesOf("copies/second.png");
    await pipeline.process("copies/first.png", blue);
    expect((await pipeline.record("copies/first.png"))?.published?.original.width).toBe(90);
    expect(await filesOf("copies/second.png")).toEqual(files);
    for (const { key } of await variantsOf("copies/second.png"))
      expect(await pipeline.isMarkedReplaced(key)).toBe(false);
  });

  it("are really processed when an operator or their owner wants that", async () => {
    const file = await photograph();
    await pipeline.process("copies/wanted.png", file);
    await pipeline.process("copies/again.png", file);
    expect(await workOf(() => pipeline.processAgain("copies/again.png"))).toEqual(["made"]);
    const ann = await apiClientOf(pipeline, "duplicates@example.org");
    const body = new Uint8Array(file);
    const send = async () => {
      const sent = await ann.call("POST", "/images", { body, headers: { "content-type": "image/png" } });
      await ann.done(sent.body.imageId);
      return sent.body.imageId;
    };
    await send();
    const imageId = await send();
    const reprocess = () => ann.call("POST", `/images/${imageId}/reprocess`);
    expect(await workOf(reprocess)).toEqual(["made"]);
  });

  it("are copied under the same key too, into a folder of their own", async () => {
    const file = await photograph();
    await pipeline.process("copies/same.png", file);
    const before = await pipeline.record("copies/same.png");
    expect(await workOf(() => pipeline.process("copies/same.png", file))).toEqual(["copied 4"]);
    const after = await pipeline.record("copies/same.png");
    expect(after?.previous).toEqual(before?.published);
    expect(after?.published?.version).not.toBe(before?.published?.version);
    // Those that were replaced are marked, and their mark did not come along.
    for (const { key } of await variantsOf("copies/same.png"))
      expect(await pipeline.isMarkedReplaced(key)).toBe(false);
  });
});

it("what is kept to know a file again is a hash of it, its size and whose it is, for 90 days", async () => {
  const file = await photograph();
  await pipeline.process("users/copies-ann/known.png", file);
  const TableName = pipeline.names.table.replace(/ImageMetadata$/, "Contents");
  const { Items = [] } = await pipeline.clients.table.send(new ScanCommand({ TableName }));
  const imageId = pipeline.imageIdOf("users/copies-ann/known.png");
  const { expiresAt, ...kept } = Items.find((item) => item.imageId === imageId) ?? {};
  expect(kept).toEqual({
    ownerAndBytes: `copies-ann/${file.length}`,
    content: expect.stringMatching(/^[\w-]{43}$/),
    imageId,
    version: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  const days = (expiresAt - Date.now() / 1000) / 86_400;
  expect(days).toBeGreaterThan(89);
  expect(days).toBeLessThanOrEqual(90);
});

describe("it is processed for itself", () => {
  it("what is somebody else's, or nobody's", async () => {
    const file = await photograph();
    const keys = ["users/copies-ann/a.png", "users/copies-ben/a.png", "copies/a.png"];
    for (const key of keys) expect(await workOf(() => pipeline.process(key, file))).toEqual(["made"]);
    expect(await workOf(() => pipeline.process("users/copies-ben/b.png", file))).toEqual(["copied 4"]);
  });

  it("what is cropped elsewhere", async () => {
    const file = await photograph();
    await pipeline.process("copies/middle.png", file);
    const focus = { metadata: { focus: "0.1,0.1" } };
    expect(await workOf(() => pipeline.process("copies/corner.png", file, focus))).toEqual(["made"]);
    expect(await workOf(() => pipeline.process("copies/corner too.png", file, focus))).toEqual(["copied 4"]);
  });

  it("what is as large, and something else", async () => {
    const file = await photograph();
    const padded = (text: string) => Buffer.concat([file, Buffer.from(text)]);
    expect(await workOf(() => pipeline.process("copies/as large/a.png", padded("a")))).toEqual(["made"]);
    expect(await workOf(() => pipeline.process("copies/as large/b.png", padded("b")))).toEqual(["made"]);
    // Both are known: neither has taken the other's place.
    expect(await workOf(() => pipeline.process("copies/as large/c.png", padded("a")))).toEqual(["copied 4"]);
    expect(await workOf(() => pipeline.process("copies/as large/d.png", padded("b")))).toEqual(["copied 4"]);
  });

  it("what was published of the same bytes, and is no more", async () => {
    const file = await photograph();
    await pipeline.process("copies/gone.png", file);
    await remove("copies/gone.png");
    await pipeline.idle();
    const execution = await pipeline.process("copies/later.png", file);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await filesOf("copies/later.png")).toHaveLength(4);
    expect(await workOf(() => pipeline.process("copies/latest.png", file))).toEqual(["copied 4"]);
  });

  it("what cannot be copied: a file is missing, or S3 refuses", async () => {
    const file = await photograph();
    await pipeline.process("copies/kept.png", file);
    const [{ key = "" } = {}] = await variantsOf("copies/kept.png");
    await pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.processed, Key: key }));
    const copies = (await workOf(() => pipeline.process("copies/missing.png", file))).filter(
      (each) => each !== "made",
    );
    expect(copies).toHaveLength(1);
    expect(await filesOf("copies/missing.png")).toHaveLength(4);
    pipeline.engine.faults.add({
      target: { service: "s3", operation: "CopyObject" },
      kind: "error500",
      times: 1000,
    });
    const execution = await pipeline.process("copies/refused.png", file);
    expect(execution.status).toBe("SUCCEEDED");
    const states = (await pipeline.historyOf(execution)).flatMap(
      ({ stateEnteredEventDetails: entered }) => entered?.name ?? [],
    );
    expect(states).toEqual(["Validate", "Resize", "Watermark", "Resize", "Watermark", "RecordMetadata"]);
    expect(await filesOf("copies/refused.png")).toHaveLength(4);
  });

  it("what nobody can be asked about", async () => {
    const file = await photograph();
    await pipeline.process("copies/asked.png", file);
    pipeline.engine.faults.add({
      target: { service: "dynamodb", operation: "Query" },
      kind: "error500",
      times: 3,
    });
    expect((await pipeline.process("copies/not asked.png", file)).status).toBe("SUCCEEDED");
  });

  it("what was rolled back meanwhile: its files are of other bytes", async () => {
    const file = await photograph();
    await pipeline.process("copies/rolled.png", blue);
    await pipeline.process("copies/rolled.png", file);
    await pipeline.clients.table.send(
      new UpdateCommand({
        TableName: pipeline.names.table,
        Key: { imageId: pipeline.imageIdOf("copies/rolled.png") },
        UpdateExpression: "SET published = previous, previous = published",
      }),
    );
    await pipeline.process("copies/after rollback.png", file);
    expect((await pipeline.record("copies/after rollback.png"))?.published?.original.width).toBeGreaterThan(
      300,
    );
    expect(await filesOf("copies/after rollback.png")).toHaveLength(4);
  });
});

it("a duplicate that is deleted while it is copied leaves nothing behind", async () => {
  const file = await photograph();
  await pipeline.process("copies/source.png", file);
  const copy = pipeline.hold({ service: "s3", operation: "CopyObject" });
  const version = await pipeline.upload("copies/brief.png", file);
  await copy.reached();
  await remove("copies/brief.png");
  copy.release();
  await pipeline.ended(version);
  await pipeline.idle();
  expect(await pipeline.record("copies/brief.png")).toBeUndefined();
  expect(await pipeline.filesOf(pipeline.imageIdOf("copies/brief.png"))).toEqual([]);
});
