import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
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
      ownerStatus: `${owner}#${index % 7 === 0 ? "REJECTED" : "PROCESSED"}`,
      name: `Image ${index}`,
      nameKey: `image ${index}`,
      original: { key: `users/${owner}/${index}.png`, bytes: 1 },
      downloads: {},
    }));
    await pipeline.putItems(pipeline.names.table, records);
    const all = await pagesOf(carol, "limit=50");
    expect(all).toHaveLength(1051);
    expect(new Set(all.map(({ imageId }) => imageId)).size).toBe(1051);
    const times = all.map(({ uploadedAt }) => uploadedAt);
    expect(times).toEqual(times.toSorted().reverse());
    const rejected = await pagesOf(carol, "limit=40&status=REJECTED");
    expect(rejected).toHaveLength(150);
    expect(new Set(rejected.map(({ imageId }) => imageId)).size).toBe(150);
    const oldest = await pagesOf(carol, "limit=50&sort=oldest&status=REJECTED");
    expect(oldest.map(({ uploadedAt }) => uploadedAt)).toEqual(
      rejected.map(({ uploadedAt }) => uploadedAt).reverse(),
    );
    const named = await pagesOf(carol, "limit=50&sort=name");
    const names = named.map(({ name }) => name.toLowerCase());
    expect(names).toEqual(names.toSorted());
    expect(names).toHaveLength(1051);
    const found = await pagesOf(carol, "limit=4&search=IMAGE%20104");
    expect(found.map(({ name }) => name)).toEqual(
      ["", ...Array.from({ length: 10 }, (_, digit) => digit)].map((digit) => `Image 104${digit}`),
    );
    // By name, those of other statuses are left out of each page.
    const foundRejected = await pagesOf(carol, "limit=4&search=image%20104&status=REJECTED");
    expect(foundRejected.map(({ name }) => name)).toEqual(["Image 1043"]);
    const [page] = [(await carol.get("/images?limit=4&search=image%20104")).body];
    expect((await carol.get(`/images?search=image%2099&cursor=${page.nextCursor}`)).status).toBe(400);
    expect((await carol.get(`/images?cursor=${page.nextCursor}`)).status).toBe(400);
  });

  it("reads one page of an index and its records, whatever is asked for", async () => {
    const calls: string[] = [];
    const listen = ({
      functionName = "",
      operation,
    }: {
      functionName?: string | undefined;
      operation: string;
    }) => {
      if (functionName.endsWith("api-view")) calls.push(operation);
    };
    pipeline.engine.events.on("call", listen);
    for (const query of [
      "",
      "?status=FAILED",
      "?sort=name&status=FAILED",
      "?search=rocket&limit=50",
      "?search=rocket&limit=50&cursor=captions.",
    ]) {
      await ann.get(`/images${query}`);
      expect(calls.splice(0).filter((operation) => operation === "Query")).toHaveLength(1);
    }
    pipeline.engine.events.off("call", listen);
  });

  it("finds names whatever their case and accents, as soon as they are announced", async () => {
    const fay = await apiClientOf(pipeline, "fay@example.org");
    for (const name of ["Ólafur's café", "olive", "Zürich"])
      await announce(fay, sample("rocket.jpg"), { name });
    const namesOf = async (query: string) => (await pagesOf(fay, query)).map(({ name }) => name);
    expect(await namesOf("search=OL")).toEqual(["Ólafur's café", "olive"]);
    expect(await namesOf("search=zuri")).toEqual(["Zürich"]);
    expect(await namesOf("sort=name")).toEqual(["Ólafur's café", "olive", "Zürich"]);
  });

  it("finds captions after names, in pages of their own, and no image twice", async () => {
    const joy = await apiClientOf(pipeline, "joy@example.org");
    const given = { b: "Sea, at dusk", sea: "SEA at dawn", a: "séa at noon", c: "the sea", d: undefined };
    for (const [name, caption] of Object.entries(given))
      await announce(joy, sample("rocket.jpg"), { name, caption });
    const namesOf = async (query: string) => (await pagesOf(joy, query)).map(({ name }) => name);
    expect(await namesOf("search=sea")).toEqual(["sea", "a", "b"]);
    expect(await namesOf("search=sea&limit=1")).toEqual(["sea", "a", "b"]);
    expect(await namesOf("search=sea%20at%20n&status=PENDING")).toEqual(["a"]);
    expect(await namesOf("search=sea&status=PROCESSED")).toEqual([]);
    const { body: first } = await joy.get("/images?search=sea&limit=1");
    const { body: second } = await joy.get(`/images?search=sea&limit=2&cursor=${first.nextCursor}`);
    for (const query of [`cursor=${first.nextCursor}`, `search=other&cursor=${second.nextCursor}`])
      expect([query, (await joy.get(`/images?${query}`)).status]).toEqual([query, 400]);
  });

  it("shows the images that are named, of those that are one's own", async () => {
    const gus = await apiClientOf(pipeline, "gus@example.org");
    const [first, second] = [
      await announce(gus, sample("rocket.jpg")),
      await announce(gus, sample("rocket.jpg")),
    ];
    const theirs = await announce(ann, sample("rocket.jpg"));
    const ids = [second, theirs, first, { imageId: "0".repeat(32) }, second].map(({ imageId }) => imageId);
    const { body } = await gus.get(`/images?imageIds=${ids}`);
    expect(body.images.map(({ imageId }: { imageId: string }) => imageId)).toEqual([
      second.imageId,
      first.imageId,
    ]);
  });

  it("goes on without a record that cannot be read, which is logged", async () => {
    const hal = await apiClientOf(pipeline, "hal@example.org");
    const { imageId } = await announce(hal, sample("rocket.jpg"));
    const broken = await announce(hal, sample("rocket.jpg"));
    await pipeline.clients.table.send(
      new UpdateCommand({
        TableName: pipeline.names.table,
        Key: { imageId: broken.imageId },
        UpdateExpression: "SET downloads = :none",
        ExpressionAttributeValues: { ":none": "none" },
      }),
    );
    const logged = pipeline.nextLogs("A record cannot be read", 1);
    const { status, body } = await hal.get("/images");
    await logged;
    expect([status, body.images.map((image: { imageId: string }) => image.imageId)]).toEqual([
      200,
      [imageId],
    ]);
  });

  it("goes on past a record whose keys nobody should have written, also where a page ends with it", async () => {
    const owner = await apiClientOf(pipeline, "ida@example.org");
    const ticket = await announce(owner, sample("rocket.jpg"), { name: "m" });
    const { Item = {} } = await pipeline.clients.table.send(
      new GetCommand({ TableName: pipeline.names.table, Key: { imageId: ticket.imageId } }),
    );
    // Lists are read two at a time, newest first or by name: the one that is broken is the second of three, and its page's last.
    const other = (over: object) => ({ ...Item, ...over });
    await pipeline.putItems(pipeline.names.table, [
      other({ imageId: "no id", nameKey: "n", uploadedAt: "2026-01-01" }),
      other({ imageId: `${"0".repeat(31)}1`, nameKey: "o", uploadedAt: "2025-01-01T00:00:00.000Z" }),
    ]);
    for (const query of ["", "&sort=name", "&status=PENDING"]) {
      const first = await owner.get(`/images?limit=2${query}`);
      expect([first.status, first.body.images?.length, query]).toEqual([200, 1, query]);
      const second = await owner.get(`/images?limit=2${query}&cursor=${first.body.nextCursor}`);
      expect([second.status, second.body.images?.map((image: { imageId: string }) => image.imageId)]).toEqual(
        [200, [`${"0".repeat(31)}1`]],
      );
    }
  });

  it("is compressed for those who take it so", async () => {
    const ivy = await apiClientOf(pipeline, "ivy@example.org");
    for (let count = 0; count < 10; count++) await announce(ivy, sample("rocket.jpg"));
    const { accessToken } = await pipeline.engine.testUser({ email: "ivy@example.org" });
    const sizeAs = async (encoding: string) => {
      const bodies: Buffer[] = [];
      const request = httpRequest(`${ivy.url}/images`, {
        headers: { authorization: `Bearer ${accessToken}`, "accept-encoding": encoding },
      }).end();
      const [answer] = await once(request, "response");
      for await (const part of answer) bodies.push(part);
      return { encoding: answer.headers["content-encoding"], bytes: Buffer.concat(bodies) };
    };
    const plain = await sizeAs("identity");
    const refused = await sizeAs("gzip;q=0, br");
    const gzipped = await sizeAs("br, gzip");
    expect([plain.encoding, refused.encoding, gzipped.encoding]).toEqual([undefined, undefined, "gzip"]);
    expect(JSON.parse(gunzipSync(gzipped.bytes).toString()).images).toHaveLength(10);
    expect(gzipped.bytes.length).toBeLessThan(plain.bytes.length / 3);
  });

  async function pagesOf(
    client: ApiClient,
    query: string,
  ): Promise<{ imageId: string; uploadedAt: string; name: string }[]> {
    const images: { imageId: string; uploadedAt: string; name: string }[] = [];
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
    const { imageId, uploadUrl, headers } = await announce(erin, sample("rocket.jpg"));
    await fetch(uploadUrl, { method: "PUT", body: new Uint8Array(sample("rocket.jpg")), headers });
    await erin.done(imageId);
    const shown = async (query: string): Promise<string[]> => {
      const { body } = await erin.get(`/images?${query}`);
      return body.images[0].variants.map(({ name }: { name: string }) => name);
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
    "sort=size",
    "search=",
    `search=${"x".repeat(101)}`,
    "imageIds=1,2",
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
