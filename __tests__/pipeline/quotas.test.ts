import { randomUUID } from "node:crypto";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const BYTES_STORED = 1000;
const MAX_BYTES = 5000;
/** What is made of images is for other tests. */
const VARIANTS = [{ name: "large", width: 64, height: 64, formats: ["webp"] }];
let pipeline: Pipeline;
let file: Buffer;
beforeAll(async () => {
  pipeline = await startPipeline({
    IMAGE_PIPELINE_QUOTAS: JSON.stringify({
      imagesPerDay: 3,
      bytesStored: BYTES_STORED,
      changesPerDay: 2,
      imagesInFlight: 2,
    }),
    IMAGE_PIPELINE_CONCURRENCY: "3",
    IMAGE_PIPELINE_LIMITS: JSON.stringify({ ...defaultSettings.limits, maxBytes: MAX_BYTES }),
    IMAGE_PIPELINE_VARIANTS: JSON.stringify(VARIANTS),
  });
  file = await plain(4, 4).png().toBuffer();
});
afterAll(() => pipeline?.stop());

/** Somebody new. */
let people = 0;
async function somebody(): Promise<ApiClient> {
  people += 1;
  return apiClientOf(pipeline, `user${people}@example.org`);
}

async function upload(client: ApiClient) {
  const { imageId, filePath, uploadUrl, headers } = await announce(client, file);
  const send = () => put(uploadUrl, file, headers);
  await send();
  await pipeline.idle();
  return { imageId, key: filePath, send };
}

const usageOf = async (client: ApiClient) => (await client.call("GET", "/me")).body;
const announceBytes = (client: ApiClient, bytes: number, over: object = {}) =>
  client.call("POST", "/uploads", {
    json: { fileName: "one.png", contentType: "image/png", bytes, ...over },
  });

/** Makes the hours over until which files are expected, as time would. */
async function passHours(client: ApiClient): Promise<void> {
  const TableName = pipeline.engine.outputs.usage_table_name;
  const Key = { owner: client.userId, period: "always" };
  const { Item = {} } = await pipeline.clients.table.send(new GetCommand({ TableName, Key }));
  const passed = Object.entries(Item).map(([name, value]) => [
    name.replace(/(?<=^expectedUntil-)20/, "19"),
    value,
  ]);
  expect(Object.fromEntries(passed)).not.toEqual(Item);
  await pipeline.clients.table.send(new PutCommand({ TableName, Item: Object.fromEntries(passed) }));
}

const secondsToday = () => (Date.UTC(...today(1)) - Date.now()) / 1000;
const today = (more: number): [number, number, number] => {
  const now = new Date();
  return [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + more];
};

describe("a user's quota", () => {
  it("is shown with what is used of it, and deleting makes room", async () => {
    const ann = await somebody();
    expect(await usageOf(ann)).toMatchObject({
      images: { used: 0, quota: 3 },
      changes: { used: 0, quota: 2 },
      bytes: { used: 0, quota: BYTES_STORED },
      imagesInFlight: { used: 0, quota: 2 },
    });
    const { imageId } = await upload(ann);
    expect(await usageOf(ann)).toMatchObject({ images: { used: 1 }, bytes: { used: file.length } });
    await ann.call("DELETE", `/images/${imageId}`);
    await pipeline.idle();
    // Whoever deletes twice does not make room twice.
    await ann.call("DELETE", `/images/${imageId}`);
    expect(await usageOf(ann)).toMatchObject({
      images: { used: 1 },
      changes: { used: 1 },
      bytes: { used: 0 },
    });
  });

  it("of images ends with the day, and the answer says when to come back", async () => {
    const ann = await somebody();
    for (let count = 1; count <= 3; count++) await announce(ann, file);
    const refused = await ann.call("POST", "/uploads", {
      json: { fileName: "one.png", contentType: "image/png", bytes: file.length },
    });
    expect(refused).toMatchObject({
      status: 429,
      body: { detail: expect.stringMatching(/^You have sent 3 images today, .* tomorrow/) },
    });
    expect(Math.abs(Number(refused.headers.get("retry-after")) - secondsToday())).toBeLessThan(60);
    const direct = await ann.call("POST", "/images", {
      body: new Uint8Array(file),
      headers: { "content-type": "image/png" },
    });
    expect(direct.status).toBe(429);
  });

  it("of bytes refuses a file for which there is no room", async () => {
    const ann = await somebody();
    await upload(ann);
    const refused = await ann.call("POST", "/uploads", {
      json: { fileName: "large.png", contentType: "image/png", bytes: BYTES_STORED },
    });
    expect(refused).toMatchObject({
      status: 403,
      body: {
        detail: expect.stringMatching(/^The file has 1,000 bytes, and .* are left of the 1,000 bytes/),
      },
    });
  });

  it("of bytes holds what is announced: files that each fit, but not together, are not all taken", async () => {
    const ann = await somebody();
    const answers = await Promise.all([1, 2, 3].map(() => announceBytes(ann, 400)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 403]);
    // What was refused is no image of today.
    expect(await usageOf(ann)).toMatchObject({ images: { used: 2 }, bytes: { used: 800 } });
    const { body } = answers.find(({ status }) => status === 201) ?? {};
    await ann.call("DELETE", `/images/${body.imageId}`);
    await ann.call("DELETE", `/images/${body.imageId}`);
    expect(await usageOf(ann)).toMatchObject({ bytes: { used: 400 } });
    expect((await announceBytes(ann, 601)).status).toBe(403);
    expect((await announceBytes(ann, 600)).status).toBe(201);
    // Too many images: its bytes are not held either.
    const bob = await somebody();
    for (const bytes of [1, 1, 1]) await announceBytes(bob, bytes);
    expect((await announceBytes(bob, 500)).status).toBe(429);
    expect(await usageOf(bob)).toMatchObject({ images: { used: 3 }, bytes: { used: 3 } });
  });

  it("of bytes gets back what was announced and never came, and counts what comes for all that", async () => {
    const ann = await somebody();
    const sent = await announce(ann, file, { contentType: "image/png" });
    const late = await announce(ann, file, { contentType: "image/png" });
    await put(sent.uploadUrl, file, sent.headers);
    await pipeline.idle();
    expect(await usageOf(ann)).toMatchObject({ bytes: { used: 2 * file.length } });
    const rest = BYTES_STORED - file.length;
    expect((await announceBytes(ann, rest)).status).toBe(403);
    await passHours(ann);
    expect(await usageOf(ann)).toMatchObject({ bytes: { used: file.length } });
    // To be expected for a day: the hour that is over does not come back.
    expect((await announceBytes(ann, rest, { inParts: true })).status).toBe(201);
    await put(late.uploadUrl, file, late.headers);
    await pipeline.idle();
    expect(await usageOf(ann)).toMatchObject({ bytes: { used: BYTES_STORED + file.length } });
  });

  it("of bytes is not got round by announcing a file as smaller than it is sent with credentials", async () => {
    const ann = await somebody();
    const { imageId, filePath } = await announce(ann, file, { contentType: "image/png", bytes: 1 });
    const larger = Buffer.concat([file, Buffer.alloc(BYTES_STORED)]);
    expect((await pipeline.process(filePath, larger)).error).toBe("ImageRejected");
    expect((await pipeline.recordOf(imageId))?.lastAttempt?.rejection?.code).toBe("QUOTA");
    expect(await usageOf(ann)).toMatchObject({ bytes: { used: larger.length } });
  });

  it("of changes ends editing, sharing, reprocessing and deleting", async () => {
    const ann = await somebody();
    const { imageId } = await upload(ann);
    for (let count = 1; count <= 2; count++) {
      expect((await ann.call("POST", `/images/${imageId}/reprocess`)).status).toBe(202);
      await pipeline.idle();
    }
    for (const [method, path, json] of [
      ["POST", `/images/${imageId}/reprocess`],
      ["PATCH", `/images/${imageId}`, { caption: "no more" }],
      ["POST", `/images/${imageId}/links`, { variant: "large", expiresInSeconds: 60 }],
      ["DELETE", `/images/${imageId}`],
    ] as const)
      expect(await ann.call(method, path, { json })).toMatchObject({
        status: 429,
        body: { detail: expect.stringContaining("2 changes today") },
      });
  });

  it("holds for what comes into the user's folder past the API: it is rejected with a sentence, and expires", async () => {
    const ann = await somebody();
    const { key } = await upload(ann);
    const folder = key.split("/").slice(0, 2).join("/");
    const ended: { status: string; error?: string | undefined }[] = [];
    for (const name of ["one", "two", "three"])
      ended.push(await pipeline.process(`${folder}/${name}.png`, file));
    expect(ended.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED", "FAILED"]);
    expect(ended[2]?.error).toBe("ImageRejected");
    const record = await pipeline.record(`${folder}/three.png`);
    expect(record?.lastAttempt).toMatchObject({
      status: "REJECTED",
      rejection: { code: "QUOTA", reason: expect.stringContaining("You have sent 3 images today") },
    });
    expect(await pipeline.isMarkedRejected(`${folder}/three.png`)).toBe(true);
    expect(await usageOf(ann)).toMatchObject({ images: { used: 3 }, bytes: { used: 4 * file.length } });
    expect(await pipeline.isMarkedRejected(`${folder}/two.png`)).toBe(false);
  });

  it("counts what is overwritten as one image more and its bytes once, also where it is sent to the same address, and nothing of what belongs to nobody", async () => {
    const ann = await somebody();
    const { key, send } = await upload(ann);
    expect((await send()).status).toBe(200);
    await pipeline.idle();
    expect(pipeline.timesStarted(key)).toEqual([2]);
    expect(await usageOf(ann)).toMatchObject({ images: { used: 2 }, bytes: { used: file.length } });
    const larger = Buffer.concat([file, Buffer.alloc(100)]);
    await pipeline.process(key, larger);
    expect(await usageOf(ann)).toMatchObject({ images: { used: 3 }, bytes: { used: larger.length } });
    for (let count = 1; count <= 4; count++)
      expect((await pipeline.process(`nobody-${count}.png`, file)).status).toBe("SUCCEEDED");
  });
});

describe("what an operator has processed is counted", () => {
  it("once, though that was before its upload was heard of", async () => {
    const ann = await somebody();
    const { imageId, filePath, uploadUrl, headers } = await announce(ann, file);
    for (let count = 1; count <= 2; count++) await announce(ann, file);
    // Of the upload.
    const marking = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
    await put(uploadUrl, file, headers);
    await marking.reached();
    const ended = pipeline.nextHas("ended");
    await pipeline.askAgain(filePath);
    await ended;
    marking.release();
    await pipeline.idle();
    expect((await pipeline.recordOf(imageId))?.status).toBe("PROCESSED");
    await passHours(ann);
    expect(await usageOf(ann)).toMatchObject({ images: { used: 3 }, bytes: { used: file.length } });
  });

  it("by its own bytes, where it is an older version that was brought back", async () => {
    const ann = await somebody();
    const { key } = await upload(ann);
    const VersionId = await pipeline.upload(key, Buffer.concat([file, Buffer.alloc(100)]));
    await pipeline.ended(VersionId);
    await pipeline.clients.s3.send(
      new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: key, VersionId }),
    );
    await pipeline.processAgain(key);
    expect(await usageOf(ann)).toMatchObject({ bytes: { used: file.length } });
    await pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: key }));
    await pipeline.idle();
    expect(await usageOf(ann)).toMatchObject({ bytes: { used: 0 } });
  });
});

describe("a crash between an image's record and what is counted", () => {
  /** Who starts executions, and follows deletions, comes as far as to counting, and no further. */
  async function crashing(action: () => Promise<unknown>): Promise<void> {
    const grant = pipeline.engine.permissions
      .grants()
      .find(
        ({ role, action, resource }) =>
          role.includes("start-execution") && action === "dynamodb:UpdateItem" && resource.endsWith("-Usage"),
      );
    expect(grant).toBeDefined();
    const giveBack = grant && pipeline.engine.permissions.withhold(grant);
    const left = pipeline.nextLeft();
    await action();
    const messages = await left;
    giveBack?.();
    await pipeline.deliverAgain(messages);
    await pipeline.idle();
  }
  const remove = (Key: string) =>
    pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key }));
  const counted = async (client: ApiClient) => {
    const { images, bytes } = await usageOf(client);
    return [images.used, bytes.used / file.length];
  };

  it("leaves one image and its bytes out, and nothing else", async () => {
    const ann = await somebody();
    const keys = ["one", "two", "three"].map((name) => `users/${ann.userId}/${name}.png`);
    const [one = "", two = "", three = ""] = keys;
    await pipeline.process(one, file);
    await crashing(() => pipeline.upload(two, file));
    expect(await counted(ann)).toEqual([1, 1]);
    await pipeline.process(three, file);
    expect(await counted(ann)).toEqual([2, 2]);
    expect(pipeline.timesStarted(...keys)).toEqual([1, 1, 1]);
    for (const key of keys) expect((await pipeline.record(key))?.status).toBe("PROCESSED");
  });

  it("leaves the bytes of one that was deleted in", async () => {
    const ann = await somebody();
    const [one, two] = [`users/${ann.userId}/one.png`, `users/${ann.userId}/two.png`];
    for (const key of [one, two]) await pipeline.process(key, file);
    await crashing(() => remove(one));
    expect(await pipeline.record(one)).toBeUndefined();
    expect(await counted(ann)).toEqual([2, 2]);
    await remove(two);
    await pipeline.idle();
    expect(await counted(ann)).toEqual([2, 1]);
  });
});

describe("a rejected original", () => {
  const text = Buffer.from("No picture at all.");

  it("may be a picture, of more bytes than are allowed", async () => {
    await pipeline.process("large.png", Buffer.concat([file], MAX_BYTES + 1));
    expect((await pipeline.record("large.png"))?.lastAttempt).toMatchObject({
      status: "REJECTED",
      rejection: { code: "TOO_MANY_BYTES", reason: expect.stringMatching(/at most 5,000 are/) },
    });
    expect((await pipeline.process("just small enough.png", Buffer.concat([file], MAX_BYTES))).status).toBe(
      "SUCCEEDED",
    );
  });

  it("expires, unless something of it is published or it is tried again", async () => {
    await pipeline.process("first.png", text);
    expect(await pipeline.isMarkedRejected("first.png")).toBe(true);
    await pipeline.process("shown.png", file);
    await pipeline.process("shown.png", text);
    expect(await pipeline.isMarkedRejected("shown.png")).toBe(false);
    // As after the limits were raised.
    const held = pipeline.hold({ service: "s3", operation: "GetObject", key: "first.png" });
    await pipeline.askAgain("first.png");
    await held.reached();
    expect(await pipeline.isMarkedRejected("first.png")).toBe(false);
    held.release();
    await pipeline.idle();
    expect(await pipeline.isMarkedRejected("first.png")).toBe(true);
  });
});

const PDF = "%PDF-1.7 and so on";

describe("a file that could only be rejected", () => {
  it.each([
    ["image/bmp", "/uploads", { json: { fileName: "a.bmp", contentType: "image/bmp", bytes: 10 } }],
    ["application/pdf", "/uploads", { json: { fileName: "a", contentType: "Application/PDF", bytes: 10 } }],
    ["This is a PDF document", "/images", { body: PDF, headers: { "content-type": "image/jpeg" } }],
    ["This is a PDF document", "/images", { body: PDF, headers: { "content-type": "application/pdf" } }],
  ] as const)("is refused at once: %s", async (why, path, init) => {
    const ann = await somebody();
    expect(await ann.call("POST", path, init)).toMatchObject({
      status: 415,
      body: { detail: expect.stringContaining(why) },
    });
    expect(await usageOf(ann)).toMatchObject({ images: { used: 0 } });
  });
});

describe("images wait in the queue, and are processed in their turn:", () => {
  const NO_ROOM = "There is no room yet; the message goes back and waits";

  /** Uploads these one after the other; whatever begins stays with its first step until all are there. */
  async function upload(images: { owner: string; expected: "begins" | "waits" }[]): Promise<unknown[]> {
    const { engine, names } = pipeline;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const read = { service: "s3", operation: "GetObject", key: names.original };
    engine.faults.add({ target: read, kind: "slow", times: 100, until: released });
    const startedBefore = pipeline.events("started").length;
    const keys: string[] = [];
    for (const { owner, expected } of images) {
      const key = `users/${owner}/${randomUUID()}.png`;
      keys.push(key);
      // Two functions that look at the same time may each let one in.
      const settled = expected === "begins" ? pipeline.nextHas("started") : pipeline.nextLogs(NO_ROOM, 1);
      await pipeline.upload(key, file);
      await settled;
    }
    const begun = images.filter(({ expected }) => expected === "begins").length;
    expect(pipeline.events("started").length - startedBefore).toBe(begun);
    release();
    await pipeline.idle();
    engine.faults.clear();
    const records = await Promise.all(keys.map((key) => pipeline.record(key)));
    return records.map((record) => record?.status);
  }

  it("no more are under way than `concurrency` says", async () => {
    const statuses = await upload([
      { owner: "ünal", expected: "begins" },
      { owner: "bob", expected: "begins" },
      { owner: "bob", expected: "begins" },
      { owner: "ünal", expected: "waits" },
      { owner: "cleo", expected: "waits" },
    ]);
    expect(statuses).toEqual(statuses.map(() => "PROCESSED"));
  });

  it("no more of one owner are under way than `imagesInFlight` says, and nobody else waits for them", async () => {
    const statuses = await upload([
      { owner: "dan", expected: "begins" },
      { owner: "dan", expected: "begins" },
      { owner: "dan", expected: "waits" },
      { owner: "eve", expected: "begins" },
    ]);
    expect(statuses).toEqual(statuses.map(() => "PROCESSED"));
  });
});
