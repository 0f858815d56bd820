import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, describe, expect } from "vitest";
import { startUsers } from "../../engine/__tests__/cognito-support.ts";
import { type ApiClient, announce, apiClientOf } from "../fixtures/api-client.ts";
import { sample } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

const otherPool = await startUsers();
let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "ann@example.org");
});
afterEach(() => pipeline.engine.faults.clear());

describe("the list", () => {
  it("gives more than 1,000 images, newest first, page by page, without gap or repeat", async () => {
    const carol = await apiClientOf(pipeline, "carol@example.org");
    const { filePath } = await announce(carol, sample("rocket.jpg"));
    const owner = filePath.split("/")[1] ?? "";
    const records = Array.from({ length: 1050 }, (_, index) => ({
      imageId: (index + 1).toString(16).padStart(32, "0"),
      owner,
      // Some share their time.
      uploadedAt: new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 3) * 1000).toISOString(),
      updatedAt: new Date(Date.UTC(2026, 0, 2)).toISOString(),
      status: index % 7 === 0 ? "REJECTED" : "PROCESSED",
      name: `image ${index}`,
      original: { key: `users/${owner}/${index}.png`, bytes: 1 },
      downloads: {},
    }));
    for (let start = 0; start < records.length; start += 25)
      await pipeline.clients.table.send(
        new BatchWriteCommand({
          RequestItems: {
            [pipeline.names.table]: records
              .slice(start, start + 25)
              .map((Item) => ({ PutRequest: { Item } })),
          },
        }),
      );
    const all = await pagesOf(carol, "limit=50");
    expect(all).toHaveLength(1051);
    expect(new Set(all.map(({ imageId }) => imageId)).size).toBe(1051);
    const times = all.map(({ uploadedAt }) => uploadedAt);
    expect(times).toEqual(times.toSorted().reverse());
    const rejected = await pagesOf(carol, "limit=40&status=REJECTED");
    expect(rejected).toHaveLength(150);
    expect(new Set(rejected.map(({ imageId }) => imageId)).size).toBe(150);
  });

  async function pagesOf(
    client: ApiClient,
    query: string,
  ): Promise<{ imageId: string; uploadedAt: string }[]> {
    const images: { imageId: string; uploadedAt: string }[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await client.get(`/images?${query}${cursor ? `&cursor=${cursor}` : ""}`);
      expect(status).toBe(200);
      images.push(...body.images);
      cursor = body.nextCursor;
    } while (cursor !== undefined);
    return images;
  }

  it("leaves out what was announced and never came", async () => {
    const dave = await apiClientOf(pipeline, "dave@example.org");
    const { imageId } = await announce(dave, sample("rocket.jpg"));
    expect((await dave.get("/images?status=PENDING")).body.images).toHaveLength(1);
    await pipeline.expire(imageId);
    expect((await dave.get("/images")).body.images).toEqual([]);
    expect((await dave.get(`/images/${imageId}`)).status).toBe(404);
  });

  it("links no more files than a list of tiles needs, when asked so", async () => {
    const erin = await apiClientOf(pipeline, "erin@example.org");
    const { uploadUrl, headers } = await announce(erin, sample("rocket.jpg"));
    await fetch(uploadUrl, { method: "PUT", body: new Uint8Array(sample("rocket.jpg")), headers });
    const shown = async (query: string): Promise<string[]> => {
      for (;;) {
        const { body } = await erin.get(`/images?${query}`);
        const [image] = body.images;
        if (image?.status === "PROCESSED") return image.variants.map(({ name }: { name: string }) => name);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    expect(new Set(await shown(""))).toEqual(new Set(["large", "medium", "small", "thumbnail"]));
    expect(new Set(await shown("variantsUpTo=600"))).toEqual(new Set(["small", "thumbnail"]));
    expect(new Set(await shown("variantsUpTo=1"))).toEqual(new Set(["thumbnail"]));
  });

  it.each([
    "variantsUpTo=0",
    "limit=0",
    "limit=51",
    "limit=many",
    "status=LOST",
    "cursor=nonsense",
    `cursor=${Buffer.from('{"imageId":"","uploadedAt":""}').toString("base64url")}`,
    "page=2",
  ])("refuses %s", async (query) => {
    expect((await ann.get(`/images?${query}`)).status).toBe(400);
  });
});

describe("without signing in", () => {
  it.each([
    ["no token", () => undefined],
    ["a token that is none", () => "abc.def.ghi"],
  ])("%s is 401", async (_, token) => {
    expect((await ann.as(token()).get("/images")).status).toBe(401);
  });

  it("an expired token, and one of another pool, are 401", async () => {
    const { accessToken } = await pipeline.engine.testUser({
      email: "ann@example.org",
      validForSeconds: -10,
    });
    expect((await ann.as(accessToken).get("/images")).status).toBe(401);
    const stranger = await otherPool.testUser();
    expect((await ann.as(stranger.accessToken).get("/images")).status).toBe(401);
  });

  it("the id token is as good as the access token", async () => {
    const { idToken } = await pipeline.engine.testUser({ email: "ann@example.org" });
    expect((await ann.as(idToken).get("/images")).status).toBe(200);
  });

  it.each([
    ["an unknown route", "GET", "/pictures"],
    ["a method that the route does not have", "PATCH", "/images"],
    ["HEAD", "HEAD", "/images"],
  ])("%s is 404", async (_, method, path) => {
    expect((await ann.call(method, path)).status).toBe(404);
  });

  it("a browser of a configured origin may ask, another may not", async () => {
    const preflight = (origin: string) =>
      fetch(`${ann.url}/images`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "GET",
          "access-control-request-headers": "authorization",
        },
      });
    const allowed = await preflight("http://localhost:5173");
    expect(allowed.headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("the contract is public", async () => {
    const { status, body } = await ann.as(undefined).get("/openapi.json");
    expect([status, body.openapi]).toEqual([200, "3.1.0"]);
  });

  it("a fault of ours is a problem without a trace", async () => {
    pipeline.engine.faults.add({ target: { service: "dynamodb" }, kind: "error500", times: 20 });
    const { status, body } = await ann.get("/images");
    expect([status, body.title]).toEqual([500, "Something went wrong"]);
  });
});
