import { createHash } from "node:crypto";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { allowed, CACHING_DISABLED, PAGE, script, siteStack, view } from "./cloudfront-support.ts";
import { sharedEngine, temporaryEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

const ASSET = "/assets/app-1a2b.js";
const etag = `"${createHash("md5").update(script).digest("hex")}"`;
const text = (bytes: number) => "words ".repeat(bytes).slice(0, bytes);

const engine = await sharedEngine({
  ...siteStack({
    objects: {
      "index.html": { content: PAGE, content_type: "text/html; charset=utf-8", cache_control: "no-cache" },
      "assets/app-1a2b.js": {
        content: script,
        content_type: "text/javascript; charset=utf-8",
        cache_control: "public, max-age=31536000, immutable",
      },
      "picture.webp": { content: text(2000), content_type: "image/webp" },
      "manifest.webmanifest": { content: text(2000), content_type: "application/manifest+json" },
      "999.txt": { content: text(999), content_type: "text/plain" },
      "1000.txt": { content: text(1000), content_type: "TEXT/PLAIN" },
      "files.zip": { source: "files.zip" },
    },
  }),
  archives: { "files.zip": { "a.txt": "words" } },
});

const visit = (path: string, headers = {}, method = "GET") => view(engine.siteUrl, path, { headers, method });

const { s3 } = adminClients(engine);
const put = (Key: string, Body: Buffer | string, ContentType: string, ContentEncoding?: string) =>
  s3.send(new PutObjectCommand({ Bucket: "site", Key, Body, ContentType, ContentEncoding }));

describe("an object", () => {
  test("comes with the headers that it has", async () => {
    const { status, headers, text } = await visit(ASSET);
    expect({ status, text }).toEqual({ status: 200, text: script });
    expect(headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "content-length": String(script.length),
      "accept-ranges": "bytes",
      "last-modified": expect.stringMatching(/ GMT$/),
      etag,
      server: "AmazonS3",
    });
  });

  test("may be a file beside the stack, and is of no particular type unless told", async () => {
    const { headers, body } = await visit("/files.zip");
    expect(headers["content-type"]).toBe("application/octet-stream");
    expect(body.subarray(0, 2).toString()).toBe("PK");
  });

  test.each(["br", "gzip", undefined])(
    "has no body in answer to HEAD, and the same headers (%s)",
    async (encoding) => {
      const accepted = encoding === undefined ? {} : { "accept-encoding": encoding };
      const [got, asked] = [await visit(ASSET, accepted), await visit(ASSET, accepted, "HEAD")];
      expect(asked.text).toBe("");
      expect({ ...asked.headers, date: "" }).toEqual({ ...got.headers, date: "" });
    },
  );

  test("has no parts in answer to HEAD", async () => {
    const { status, headers } = await visit(ASSET, { range: "bytes=0-5" }, "HEAD");
    expect({ status, bytes: headers["content-length"] }).toEqual({
      status: 200,
      bytes: String(script.length),
    });
  });

  test("that is missing is missing for HEAD", async () => {
    expect(await visit("/gone.js", {}, "HEAD")).toMatchObject({ status: 404, text: "" });
  });
});

describe("an object that the viewer has", () => {
  test.each([
    ["its ETag", { "if-none-match": etag }],
    ["the weak one", { "if-none-match": `W/${etag}` }],
    ["one of several", { "if-none-match": `"other", W/${etag}` }],
    ["any", { "if-none-match": "*" }],
  ])("is not sent again: %s", async (_, headers) => {
    const { status, headers: answered, text } = await visit(ASSET, headers);
    expect({ status, text }).toEqual({ status: 304, text: "" });
    expect(answered).toMatchObject({ etag, "cache-control": "public, max-age=31536000, immutable" });
    expect(answered["content-type"]).toBeUndefined();
  });

  test("keeps the weak ETag where it was compressed", async () => {
    const { status, headers } = await visit(ASSET, { "if-none-match": `W/${etag}`, "accept-encoding": "br" });
    expect(status).toBe(304);
    expect(headers).toMatchObject({ etag: `W/${etag}`, vary: "Accept-Encoding" });
  });

  test("is sent when it is another one, and a date counts only without an ETag", async () => {
    const { headers } = await visit(ASSET);
    const since = { "if-modified-since": headers["last-modified"] };
    expect((await visit(ASSET, since)).status).toBe(304);
    expect((await visit(ASSET, { "if-modified-since": "Thu, 01 Jan 2015 00:00:00 GMT" })).status).toBe(200);
    expect((await visit(ASSET, { ...since, "if-none-match": '"other"' })).status).toBe(200);
  });

  test("is sent once it was overwritten", async () => {
    const path = "/overwritten.txt";
    await put("overwritten.txt", text(2000), "text/plain");
    const before = await visit(path, { "accept-encoding": "gzip" });
    await put("overwritten.txt", text(3000), "text/plain");
    const after = await visit(path, { "accept-encoding": "gzip", "if-none-match": before.headers.etag });
    expect(after.status).toBe(200);
    expect(gunzipSync(after.body)).toHaveLength(3000);
  });
});

describe("a part of an object", () => {
  test.each([
    ["bytes=0-5", 0, 5],
    ["bytes=-6", script.length - 6, script.length - 1],
    ["bytes=3000-", 3000, script.length - 1],
  ])("is what %s asks for, never compressed", async (range, first, last) => {
    const { status, headers, text } = await visit(ASSET, { range, "accept-encoding": "br" });
    expect({ status, text }).toEqual({ status: 206, text: script.slice(first, last + 1) });
    expect(headers).toMatchObject({ "content-range": `bytes ${first}-${last}/${script.length}`, etag });
    expect(headers["content-encoding"]).toBeUndefined();
  });

  test("cannot be outside of it", async () => {
    const { status, headers } = await visit(ASSET, { range: "bytes=99999-" });
    expect({ status, range: headers["content-range"] }).toEqual({
      status: 416,
      range: `bytes */${script.length}`,
    });
  });

  test("is of the object that the viewer knows, or it is the whole", async () => {
    const range = "bytes=0-5";
    expect((await visit(ASSET, { range, "if-range": etag })).status).toBe(206);
    expect((await visit(ASSET, { range, "if-range": `W/${etag}` })).status).toBe(200);
    expect((await visit(ASSET, { range, "if-range": '"other"' })).text).toBe(script);
  });
});

describe("compression", () => {
  test.each([
    ["br", "br"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip;q=1.0, br;q=0", "gzip"],
    ["GZIP", "gzip"],
  ])("for those who take %s is %s", async (accepted, encoding) => {
    const { headers, body } = await visit(ASSET, { "accept-encoding": accepted });
    expect(headers).toMatchObject({
      "content-encoding": encoding,
      "content-length": String(body.length),
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "Accept-Encoding",
      etag: `W/${etag}`,
    });
    expect(body.length).toBeLessThan(script.length);
    expect((encoding === "br" ? brotliDecompressSync : gunzipSync)(body).toString()).toBe(script);
  });

  test.each(["identity", "deflate", "zstd", "*", "br;q=0, gzip;q=0.000", ""])(
    "is not for %j",
    async (accepted) => {
      const { headers, text } = await visit(ASSET, { "accept-encoding": accepted });
      expect(text).toBe(script);
      expect(headers).toMatchObject({ etag, vary: "Accept-Encoding" });
      expect(headers["content-encoding"]).toBeUndefined();
    },
  );

  test.each([
    ["/999.txt", undefined],
    ["/1000.txt", "br"],
    ["/picture.webp", undefined],
    ["/manifest.webmanifest", undefined],
    ["/gone.js", undefined],
  ])("of %s: %s", async (path, encoding) => {
    const { headers } = await visit(path, { "accept-encoding": "br" });
    expect(headers["content-encoding"]).toBe(encoding);
    expect(headers.vary).toBe(encoding && "Accept-Encoding");
  });

  test.each([
    [10_000_000, "gzip"],
    [10_000_001, undefined],
  ])("of %i bytes: %s", async (bytes, encoding) => {
    await put("large.txt", Buffer.alloc(bytes), "text/plain");
    expect((await visit("/large.txt", { "accept-encoding": "gzip" })).headers["content-encoding"]).toBe(
      encoding,
    );
  });

  test("is not done twice", async () => {
    await put("packed.js", text(2000), "text/javascript", "deflate");
    const { headers, body } = await visit("/packed.js", { "accept-encoding": "br" });
    expect({ encoding: headers["content-encoding"], bytes: body.length }).toEqual({
      encoding: "deflate",
      bytes: 2000,
    });
  });
});

test.each([
  ["is turned off", { compress: false }],
  ["may not be kept", { cache_policy_id: CACHING_DISABLED }],
])("what %s is not compressed", async (_, defaultBehaviour) => {
  const other = await temporaryEngine(siteStack({ defaultBehaviour }));
  const { headers, text } = await view(other.siteUrl, ASSET, { headers: { "accept-encoding": "br" } });
  expect(text).toBe(script);
  expect(headers.vary).toBeUndefined();
});

test.each<[string, object[], number, number]>([
  ["may read and list", [allowed("s3:GetObject", "/*"), allowed("s3:ListBucket", "")], 200, 404],
  ["may read only", [allowed("s3:GetObject", "/*")], 200, 403],
  ["may do nothing", [], 403, 403],
  [
    "is not the one that may",
    [allowed("s3:GetObject", "/*", "arn:aws:cloudfront::1:distribution/A")],
    403,
    403,
  ],
])(
  "a distribution that %s answers with what the bucket's policy makes of it",
  async (_, statements, found, missing) => {
    const other = await temporaryEngine(siteStack({ allowed: statements }));
    const [there, gone] = [await view(other.siteUrl, ASSET), await view(other.siteUrl, "/gone.js")];
    expect([there.status, gone.status]).toEqual([found, missing]);
    if (found === 403) expect(there.text).toContain("<Code>AccessDenied</Code>");
  },
);
