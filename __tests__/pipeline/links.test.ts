import { QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import sharp from "sharp";
import type { EngineEvents } from "stack-engine";
import { describe, expect } from "vitest";
import { type Answered, type ApiClient, announce, apiClientOf } from "../fixtures/api-client.ts";
import { anew, blue, colourOf, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
let table: string;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "links@example.org");
  table = pipeline.names.table.replace(/ImageMetadata$/, "Links");
});

async function processed(): Promise<string> {
  const { body } = await ann.call("POST", "/images", {
    body: new Uint8Array(anew(red)),
    headers: { "content-type": "image/png" },
  });
  await ann.done(body.imageId);
  return body.imageId;
}

const HOUR_SECONDS = 3600;
const make = (imageId: string, over: object = {}) =>
  ann.call("POST", `/images/${imageId}/links`, {
    json: { variant: "large", expiresInSeconds: HOUR_SECONDS, ...over },
  });
const listed = async (imageId: string) => (await ann.get(`/images/${imageId}/links`)).body.links;
/** As anybody opens it, who has not signed in; its answer is held against the contract. */
const open = (url: string): Promise<Answered> => ann.as(undefined).get(url.slice(ann.url.length));

async function items(imageId: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await pipeline.clients.table.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "imageId = :imageId",
      ExpressionAttributeValues: { ":imageId": imageId },
    }),
  );
  return Items;
}

describe("a link", () => {
  it("leads anybody to the variant, for a minute at a time, and counts that", async () => {
    const imageId = await processed();
    const { status, body } = await make(imageId, { format: "jpeg", note: "for Bob" });
    expect(status).toBe(201);
    expect(body.url).toMatch(new RegExp(`^${ann.url}/l/[A-Za-z0-9_-]{43}$`));
    const lifeMs = Date.parse(body.expiresAt) - Date.now();
    expect(lifeMs).toBeGreaterThan((HOUR_SECONDS - 60) * 1000);
    expect(lifeMs).toBeLessThanOrEqual(HOUR_SECONDS * 1000);
    expect(await listed(imageId)).toMatchObject([{ id: body.id, uses: 0, note: "for Bob" }]);
    for (const uses of [1, 2]) {
      const { status: found, headers } = await open(body.url);
      expect([found, headers.get("cache-control")]).toEqual([302, "no-store"]);
      const location = new URL(headers.get("location") ?? "");
      expect(location.searchParams.get("X-Amz-Expires")).toBe("60");
      const file = Buffer.from(await (await fetch(location)).arrayBuffer());
      expect((await sharp(file).metadata()).format).toBe("jpeg");
      const [link] = await listed(imageId);
      expect(link).toMatchObject({ uses, variant: "large", format: "jpeg", expiresAt: body.expiresAt });
      expect(Date.now() - Date.parse(link.lastUsedAt)).toBeLessThan(60_000);
    }
  });

  it("cannot be made of what is in the table, in the list, or in logs of those who made it and opened it", async () => {
    const imageId = await processed();
    const lines: string[] = [];
    const listen = ({ line }: EngineEvents["log"][0]) => lines.push(line);
    pipeline.engine.events.on("log", listen);
    // The function's log, and the gateway's.
    const logged = [
      pipeline.nextLogs("POST /images/{imageId}/links", 2),
      pipeline.nextLogs("GET /l/{token}", 2),
    ];
    const { body } = await make(imageId);
    expect((await open(body.url)).status).toBe(302);
    await Promise.all(logged);
    pipeline.engine.events.off("log", listen);
    const token = body.url.split("/").at(-1);
    expect(JSON.stringify([await items(imageId), await listed(imageId), lines])).not.toContain(token);
  });

  it("shows what is published when it is opened", async () => {
    const key = `users/${ann.userId}/shared.png`;
    await pipeline.process(key, anew(red));
    const { body } = await make(pipeline.imageIdOf(key));
    await pipeline.process(key, anew(blue));
    const { headers } = await open(body.url);
    const file = await (await fetch(headers.get("location") ?? "")).arrayBuffer();
    expect(await colourOf(Buffer.from(file))).toBe("blue");
  });

  it("that is revoked is none any more", async () => {
    const imageId = await processed();
    const [one, other] = [(await make(imageId)).body, (await make(imageId)).body];
    for (const _ of ["once", "again"])
      expect((await ann.call("DELETE", `/images/${imageId}/links/${one.id}`)).status).toBe(204);
    const { status, body } = await open(one.url);
    expect([status, body.detail]).toEqual([404, expect.stringMatching(/^There is no such link\. .+\.$/)]);
    expect((await open(other.url)).status).toBe(302);
    expect((await listed(imageId)).map(({ id }: { id: string }) => id)).toEqual([other.id]);
  });

  it("leads nowhere once it has expired, not by the address either that it led to before; it says so, and is not listed", async () => {
    const imageId = await processed();
    const { body: link } = await make(imageId);
    const expireIn = (seconds: number) =>
      pipeline.clients.table.send(
        new UpdateCommand({
          TableName: table,
          Key: { imageId, linkId: link.id },
          UpdateExpression: "SET expiresAt = :expiresAt",
          ExpressionAttributeValues: { ":expiresAt": Math.floor(Date.now() / 1000) + seconds },
        }),
      );
    await expireIn(45);
    const location = new URL((await open(link.url)).headers.get("location") ?? "");
    expect(Number(location.searchParams.get("X-Amz-Expires"))).toBeLessThanOrEqual(45);
    await expireIn(-1);
    const { status, body } = await open(link.url);
    expect([status, body.detail]).toEqual([410, expect.stringMatching(/^The link has expired\./)]);
    expect(await listed(imageId)).toEqual([]);
  });

  it("goes with its image", async () => {
    const imageId = await processed();
    const { body: link } = await make(imageId);
    await ann.call("DELETE", `/images/${imageId}`);
    expect([404, 410]).toContain((await open(link.url)).status);
    await expect.poll(() => items(imageId)).toEqual([]);
    expect((await open(link.url)).status).toBe(404);
  });

  it.each(["short", "x".repeat(43), "é".repeat(43)])("that nobody made (%s) is none", async (token) => {
    expect((await open(`${ann.url}/l/${encodeURIComponent(token)}`)).status).toBe(404);
  });
});

it("a link to what its owner has deleted leads to nothing, though a file of that name comes before anybody has heard of it", async () => {
  const key = `users/${ann.userId}/same name.png`;
  const imageId = pipeline.imageIdOf(key);
  await pipeline.process(key, anew(red));
  const { body } = await make(imageId);
  const hearing = pipeline.hold({ service: "s3", operation: "HeadObject", key });
  expect((await ann.call("DELETE", `/images/${imageId}`)).status).toBe(204);
  await hearing.reached();
  await pipeline.process(key, anew(blue));
  hearing.release();
  await pipeline.idle();
  expect((await open(body.url)).status).toBe(404);
});

describe("a link cannot be made", () => {
  it.each([
    [{ variant: "huge" }, 404, 'There is no variant "huge". There are: '],
    [{ format: "png" }, 404, 'There is no variant "large.png"'],
    [{ expiresInSeconds: 59 }, 400, '"expiresInSeconds" takes at least 60'],
    [{ expiresInSeconds: 366 * 24 * HOUR_SECONDS }, 400, '"expiresInSeconds" takes at most 31536000'],
  ])("of %j", async (over, status, sentence) => {
    const answer = await make(await processed(), over);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(sentence)]);
  });

  it("of an image of which nothing is published", async () => {
    const { imageId } = await announce(ann, red, { contentType: "image/png" });
    expect((await make(imageId)).status).toBe(409);
  });

  it("where there are a hundred", async () => {
    const imageId = await processed();
    const createdAt = new Date().toISOString();
    const expiresAt = Math.floor(Date.now() / 1000) + HOUR_SECONDS;
    await pipeline.putItems(
      table,
      Array.from({ length: 100 }, (_, index) => ({
        imageId,
        linkId: index.toString(16).padStart(32, "0"),
        variant: "large",
        createdAt,
        expiresAt,
        uses: 0,
      })),
    );
    expect(await make(imageId)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("100 links") },
    });
  });
});
