import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { anew, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { look } from "../fixtures/reconcile.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "expiry@example.org");
});

const HOUR_MS = 3_600_000;
const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();
const statusOf = async (imageId: string) => (await ann.get(`/images/${imageId}`)).status;

async function sent(query = ""): Promise<string> {
  const { body } = await ann.call("POST", `/images${query}`, {
    body: new Uint8Array(anew(red)),
    headers: { "content-type": "image/png" },
  });
  await ann.done(body.imageId);
  return body.imageId;
}

/** Lets the time come. */
async function pass(imageId: string): Promise<void> {
  await pipeline.clients.table.send(
    new UpdateCommand({
      TableName: pipeline.names.table,
      Key: { imageId },
      UpdateExpression: "SET deleteAt = :past",
      ConditionExpression: "attribute_exists(deleteAt)",
      ExpressionAttributeValues: { ":past": new Date(Date.now() - 1).toISOString() },
    }),
  );
}

describe("an image that goes by itself", () => {
  it("is not shown once its time is over, and then deleted with all that was made of it", async () => {
    const expiresAt = inAnHour();
    const imageId = await sent(`?expiresAt=${expiresAt}`);
    expect((await ann.get(`/images/${imageId}`)).body.expiresAt).toBe(expiresAt);
    const link = await ann.call("POST", `/images/${imageId}/links`, {
      json: { variant: "large", expiresInSeconds: 7200 },
    });
    const { original } = (await pipeline.recordOf(imageId)) ?? {};
    await look(pipeline);
    expect(await statusOf(imageId)).toBe(200);
    await pass(imageId);
    expect(await statusOf(imageId)).toBe(404);
    expect((await ann.get("/images")).body.images).not.toContainEqual(expect.objectContaining({ imageId }));
    expect((await fetch(link.body.url, { redirect: "manual" })).status).toBe(410);
    await look(pipeline);
    await expect.poll(() => pipeline.recordOf(imageId)).toBeUndefined();
    await expect.poll(() => pipeline.keysIn("processed", imageId)).toEqual([]);
    expect(await pipeline.keysIn("original", original?.key ?? "")).toEqual([]);
    // It is told beside the deletion of the files.
    const told = async () => (await ann.get("/images/changes?since=2026-01-01T00:00:00Z")).body.changes;
    await expect.poll(told).toContainEqual(expect.objectContaining({ imageId, status: "DELETED" }));
  });

  it("stays when its owner says so in time, however late the index hears of it", async () => {
    const imageId = await sent(`?expiresAt=${inAnHour()}`);
    const { status, body } = await ann.call("PATCH", `/images/${imageId}`, { json: { expiresAt: null } });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("expiresAt");
    const record = await pipeline.recordOf(imageId);
    expect(record).not.toHaveProperty("deleteAt");
    expect(record).not.toHaveProperty("deletion");
  });

  it("is given so many seconds by whose clock may be wrong, which counts before a time", async () => {
    const imageId = await sent();
    const before = Date.now();
    const { status, body } = await ann.call("PATCH", `/images/${imageId}`, {
      json: { expiresInSeconds: 60, expiresAt: inAnHour() },
    });
    expect(status).toBe(200);
    const left = Date.parse(body.expiresAt) - before;
    expect(left).toBeGreaterThanOrEqual(60_000);
    expect(left).toBeLessThan(HOUR_MS);
    expect((await ann.get(`/images/${imageId}`)).body.expiresAt).toBe(body.expiresAt);
    await pass(imageId);
    expect(await statusOf(imageId)).toBe(404);
  });

  it("gets its time with the announcement, in a form, or later, and keeps it when it is processed again", async () => {
    const file = anew(red);
    const expiresAt = inAnHour();
    const ticket = await announce(ann, file, { contentType: "image/png", expiresAt });
    await put(ticket.uploadUrl, file, ticket.headers);
    expect((await ann.done(ticket.imageId)).expiresAt).toBe(expiresAt);
    const form = new FormData();
    form.set("file", new File([new Uint8Array(anew(red))], "a.png", { type: "image/png" }));
    form.set("expiresAt", expiresAt);
    const { body } = await ann.call("POST", "/images", { body: form });
    expect((await ann.done(body.imageId)).expiresAt).toBe(expiresAt);
    const imageId = await sent();
    const edited = await ann.call("PATCH", `/images/${imageId}`, { json: { expiresAt, reprocess: true } });
    expect(edited.body.expiresAt).toBe(expiresAt);
    expect((await ann.done(imageId)).expiresAt).toBe(expiresAt);
    await pass(imageId);
    await look(pipeline);
    await expect.poll(() => pipeline.recordOf(imageId)).toBeUndefined();
  });

  it("also when its file never came", async () => {
    const { imageId } = await announce(ann, red, { contentType: "image/png", expiresAt: inAnHour() });
    await pass(imageId);
    await pipeline.expire(imageId);
    await look(pipeline);
    await expect.poll(() => pipeline.recordOf(imageId)).toBeUndefined();
  });

  it("also when its file comes after that time", async () => {
    const file = anew(red);
    const about = { contentType: "image/png", expiresAt: inAnHour() };
    const { imageId, uploadUrl, headers } = await announce(ann, file, about);
    await pass(imageId);
    await look(pipeline);
    await pipeline.idle();
    await put(uploadUrl, file, headers);
    await pipeline.idle();
    await look(pipeline);
    await expect.poll(() => pipeline.recordOf(imageId)).toBeUndefined();
  });

  it("cannot be told to go in the past, nor at what is no time, where no seconds count before that", async () => {
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    const refused = { status: 400, body: { detail: expect.stringContaining('"expiresAt" is over') } };
    expect(
      await ann.call("POST", "/uploads", {
        json: { fileName: "a.png", contentType: "image/png", bytes: 9, expiresAt },
      }),
    ).toMatchObject(refused);
    const patched = (json: object) => ann.call("PATCH", `/images/${"0".repeat(32)}`, { json });
    expect(await patched({ expiresAt })).toMatchObject(refused);
    expect((await patched({ expiresAt, expiresInSeconds: 60 })).status).toBe(404);
    expect((await patched({ expiresAt: "tomorrow" })).body.detail).toBe(
      'The body is wrong: "expiresAt" takes a time in UTC, such as 2030-12-31T23:59:00Z.',
    );
  });
});
