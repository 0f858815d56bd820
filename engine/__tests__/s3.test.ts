import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { errorName, startServices } from "./endpoint-support.ts";

let services: Awaited<ReturnType<typeof startServices>>;
let Bucket = "";
let made = 0;

beforeAll(async () => {
  services = await startServices({ origins: ["https://photos.example", "https://evil.test"] });
});
afterAll(() => services.stop());
beforeEach(() => {
  made += 1;
  Bucket = `bucket-${made}`;
  services.s3.createBucket(Bucket);
});

const put = (Key: string, input: Partial<PutObjectCommandInput> = {}) =>
  services.client.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...input }));
const get = (Key: string, input: object = {}) =>
  services.client.send(new GetObjectCommand({ Bucket, Key, ...input }));
const text = async (Key: string, input: object = {}) => (await get(Key, input)).Body?.transformToString();
const keys = async (input: object = {}) => {
  const { Contents = [] } = await services.client.send(new ListObjectsV2Command({ Bucket, ...input }));
  return Contents.map(({ Key }) => Key);
};

describe("objects", () => {
  test("come back with what they were stored with", async () => {
    const Body = randomBytes(1000);
    const input = { Body, ContentType: "image/webp", CacheControl: "max-age=60", Metadata: { owner: "ana" } };
    const written = await put("a", input);
    const found = await get("a");
    expect(Buffer.from((await found.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    expect(found).toMatchObject({
      ContentType: "image/webp",
      CacheControl: "max-age=60",
      Metadata: { owner: "ana" },
      ContentLength: 1000,
      ETag: `"${createHash("md5").update(Body).digest("hex")}"`,
    });
    expect(found.ETag).toBe(written.ETag);
  });

  test("may be empty", async () => {
    await put("empty", { Body: Buffer.alloc(0) });
    expect((await services.client.send(new HeadObjectCommand({ Bucket, Key: "empty" }))).ContentLength).toBe(
      0,
    );
    expect(await text("empty")).toBe("");
    expect(await errorName(get("empty", { Range: "bytes=0-99" }))).toBe("InvalidRange");
  });

  test("larger than any message limit go through, streamed in chunks with a trailing checksum", async () => {
    const piece = randomBytes(1024 * 1024);
    const Body = Readable.from(Array.from({ length: 40 }, () => piece));
    const written = await put("large", { Body, ContentLength: 40 * piece.length });
    expect(written.ChecksumCRC32).toBeDefined();
    const read = Buffer.from((await (await get("large")).Body?.transformToByteArray()) ?? []);
    expect(read.length).toBe(40 * piece.length);
    expect(read.subarray(-piece.length).equals(piece)).toBe(true);
  });

  test("whose upload breaks off are not there, and the endpoint stays open", async () => {
    const { port } = services;
    const options = {
      host: "127.0.0.1",
      port,
      method: "PUT",
      path: `/${Bucket}/half`,
      headers: { "content-length": 1e6 },
    };
    await new Promise<void>((resolve) => {
      const upload = httpRequest(options).on("error", () => resolve());
      upload.write(Buffer.alloc(1000), () => upload.destroy(new Error("the laptop was closed")));
    });
    expect(await errorName(get("half"))).toBe("NoSuchKey");
  });

  test.each([
    ["bytes=2-4", "cde", "bytes 2-4/10"],
    ["bytes=7-", "hij", "bytes 7-9/10"],
    ["bytes=-3", "hij", "bytes 7-9/10"],
    ["bytes=5-1000", "fghij", "bytes 5-9/10"],
    ["bytes=-1000", "abcdefghij", "bytes 0-9/10"],
  ])("are read in part: %s", async (Range, part, ContentRange) => {
    await put("letters", { Body: "abcdefghij" });
    const found = await get("letters", { Range });
    expect(found.$metadata.httpStatusCode).toBe(206);
    expect(found.ContentRange).toBe(ContentRange);
    expect(await found.Body?.transformToString()).toBe(part);
  });

  test("are read only if they are what the reader believes", async () => {
    const { ETag } = await put("a");
    expect(await text("a", { IfMatch: ETag })).toBe("a");
    expect(await errorName(get("a", { IfMatch: '"other"' }))).toBe("PreconditionFailed");
    const unchanged = await get("a", { IfNoneMatch: ETag }).catch((error) => error.$metadata.httpStatusCode);
    expect(unchanged).toBe(304);
  });

  test("that are missing, or in a missing bucket, are reported so", async () => {
    expect(await errorName(get("missing"))).toBe("NoSuchKey");
    expect(await errorName(get("a", { Bucket: "missing-bucket" }))).toBe("NoSuchBucket");
    expect(await errorName(services.client.send(new HeadObjectCommand({ Bucket, Key: "x" })))).toBe(
      "NotFound",
    );
  });

  test("may carry presentation headers in their address", async () => {
    await put("a");
    const address = `${services.endpoint}/${Bucket}/a?response-content-disposition=attachment`;
    expect((await fetch(address)).headers.get("content-disposition")).toBe("attachment");
    const refused = await fetch(`${address}%3B%20filename%3D%E9%9B%AA.jpg`);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("ISO-8859-1")]);
  });
});

describe("conditional writes", () => {
  test("If-None-Match: * creates, and never overwrites", async () => {
    await put("once", { IfNoneMatch: "*" });
    expect(await errorName(put("once", { IfNoneMatch: "*", Body: "again" }))).toBe("PreconditionFailed");
    expect(await text("once")).toBe("once");
  });

  test("of two creations at once one wins", async () => {
    const writes = Array.from({ length: 5 }, (_, Body) =>
      put("raced", { IfNoneMatch: "*", Body: String(Body) }),
    );
    const results = await Promise.allSettled(writes);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("If-Match overwrites that very object only", async () => {
    const { ETag } = await put("a", { Body: "one" });
    await put("a", { Body: "two", IfMatch: ETag });
    expect(await errorName(put("a", { Body: "three", IfMatch: ETag }))).toBe("PreconditionFailed");
    expect(await errorName(put("absent", { IfMatch: ETag }))).toBe("NoSuchKey");
    expect(await text("a")).toBe("two");
  });
});

describe("conditional deletes", () => {
  const remove = (Key: string, IfMatch?: string) =>
    services.client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));

  test("If-Match deletes that very object only", async () => {
    const { ETag } = await put("a", { Body: "one" });
    await put("a", { Body: "two" });
    expect(await errorName(remove("a", ETag))).toBe("PreconditionFailed");
    expect(await text("a")).toBe("two");
    await remove("a", (await get("a")).ETag);
    expect(await errorName(remove("a", ETag))).toBe("NoSuchKey");
    expect(await errorName(remove("a", "*"))).toBe("NoSuchKey");
    await remove("a");
  });

  test("If-Match: * deletes what is there, and not what is behind a marker", async () => {
    services.s3.setVersioning(Bucket, true);
    await put("a");
    await remove("a", "*");
    expect(await errorName(remove("a", "*"))).toBe("PreconditionFailed");
  });

  test("of many are answered for each", async () => {
    const { ETag } = await put("a");
    await put("b");
    const Objects = [
      { Key: "a", ETag },
      { Key: "b", ETag },
    ];
    const { Deleted, Errors } = await services.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    expect(Deleted).toBeUndefined();
    expect(Errors).toMatchObject([{ Key: "b", Code: "PreconditionFailed" }]);
    expect(await keys()).toEqual(["b"]);
  });
});

describe("what an object brings along", () => {
  test("is at most 2,048 bytes of metadata, names included", async () => {
    const metadata = (bytes: number) => ({ Metadata: { caption: "x".repeat(bytes - "caption".length) } });
    await put("a", metadata(2048));
    const error = await put("b", metadata(2049)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "MetadataTooLarge", Size: "2049", MaxSizeAllowed: "2048" });
    const copy = { Bucket, Key: "c", CopySource: `${Bucket}/a`, MetadataDirective: "REPLACE" } as const;
    expect(await errorName(services.client.send(new CopyObjectCommand({ ...copy, ...metadata(2049) })))).toBe(
      "MetadataTooLarge",
    );
  });

  test("may be in its address, where a signed one has it", async () => {
    const address = `${services.endpoint}/${Bucket}/a?x-amz-meta-caption=`;
    expect((await fetch(`${address}%C3%A9t%C3%A9`, { method: "PUT", body: "x" })).status).toBe(200);
    const caption = (await get("a")).Metadata?.caption ?? "";
    expect(Buffer.from(caption, "latin1").toString()).toBe("été");
    expect((await fetch(`${address}two%0Alines`, { method: "PUT", body: "x" })).status).toBe(400);
  });

  test.each([
    ["x-amz-tagging", { Tagging: "a=b" }],
    ["x-amz-object-lock-legal-hold", { ObjectLockLegalHoldStatus: "ON" }],
    ["x-amz-website-redirect-location", { WebsiteRedirectLocation: "/b" }],
    ["x-amz-server-side-encryption", { ServerSideEncryption: "aws:kms" }],
  ] as const)("is refused by its name where it would be lost: %s", async (header, input) => {
    const error = await put("a", input).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "NotImplemented", Header: header });
    expect(await keys()).toEqual([]);
  });

  test("may say what holds anyway, and no other ACL", async () => {
    await put("a", { ACL: "bucket-owner-full-control", ServerSideEncryption: "AES256" });
    await put("b", { ACL: "private" });
    expect(await errorName(put("c", { ACL: "public-read" }))).toBe("AccessControlListNotSupported");
    expect(await errorName(put("c", { GrantRead: "id=1" }))).toBe("AccessControlListNotSupported");
  });

  test("has no tags", async () => {
    await put("a");
    const tags = new GetObjectTaggingCommand({ Bucket, Key: "a" });
    expect((await services.client.send(tags)).TagSet).toEqual([]);
  });
});

describe("keys", () => {
  test.each([
    ["with spaces", "my holiday photo.jpg"],
    ["in unicode", "Ferien/Zürich 🏔/雪.jpg"],
    ["with a plus", "a+b.jpg"],
    ["with an encoded slash in them", "a%2Fb.jpg"],
    ["with a lone percent sign", "100%.jpg"],
    ["with dots as folders", "a/../b/./c.jpg"],
    ["with an empty folder name", "/a//b.jpg"],
    ["ending in a slash", "folder/"],
    ["full of XML", `<a href="x">&amp;</a>\r\n.jpg`],
    ["with everything else", "!'()*~;:@&=$,?#[]{}|^`\"\\.jpg"],
    ["of 1,024 bytes", `${"é".repeat(510)}.jpg`],
  ])("%s are kept as they are", async (_, key) => {
    await put(key, { Body: "here" });
    expect(await text(key)).toBe("here");
    expect(await keys()).toEqual([key]);
    await services.client.send(
      new CopyObjectCommand({ Bucket, Key: "copy", CopySource: encodeURIComponent(`${Bucket}/${key}`) }),
    );
    expect(await text("copy")).toBe("here");
    await services.client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect(await keys()).toEqual(["copy"]);
  });

  test("with a plus that a client leaves bare in its address keep the plus", async () => {
    await fetch(`${services.endpoint}/${Bucket}/a+b%20c.jpg`, { method: "PUT", body: "x" });
    expect(await keys()).toEqual(["a+b c.jpg"]);
  });

  test("that are badly encoded are refused", async () => {
    expect(await (await fetch(`${services.endpoint}/${Bucket}/100%.jpg`)).text()).toContain("InvalidURI");
  });

  test("of more than 1,024 bytes are refused", async () => {
    expect(await errorName(put("é".repeat(513)))).toBe("KeyTooLongError");
  });

  test("are listed in the order of their UTF-8 bytes", async () => {
    for (const key of ["b", "a", "Z", "é", "\u{1F3D4}", "\uFF01"]) await put(key);
    expect(await keys()).toEqual(["Z", "a", "b", "é", "\uFF01", "\u{1F3D4}"]);
  });
});

describe("lists", () => {
  test("stop at a delimiter, below a prefix", async () => {
    for (const key of ["a/1", "a/2", "a/b/3", "a/c/4", "a/c/5", "d"]) await put(key);
    const listed = await services.client.send(
      new ListObjectsV2Command({ Bucket, Prefix: "a/", Delimiter: "/" }),
    );
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(["a/1", "a/2"]);
    expect(listed.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(["a/b/", "a/c/"]);
    expect(listed.KeyCount).toBe(4);
  });

  test.each([1, 2, 3, 5])("in pages of %i miss nothing and repeat nothing", async (MaxKeys) => {
    for (const key of ["a", "b/1", "b/2", "c", "d/1", "e"]) await put(key);
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page: import("@aws-sdk/client-s3").ListObjectsV2CommandOutput = await services.client.send(
        new ListObjectsV2Command({ Bucket, Delimiter: "/", MaxKeys, ContinuationToken }),
      );
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
      expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen.toSorted()).toEqual(["a", "b/", "c", "d/", "e"]);
  });

  test("begin after a key", async () => {
    for (const key of ["a", "b", "c"]) await put(key);
    expect(await keys({ StartAfter: "a" })).toEqual(["b", "c"]);
    const { Contents } = await services.client.send(new ListObjectsCommand({ Bucket, Marker: "b" }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(["c"]);
  });
});

describe("copies", () => {
  test("take the metadata along, or replace it", async () => {
    await put("a", { ContentType: "image/png", Metadata: { owner: "ana" } });
    const CopySource = `${Bucket}/a`;
    await services.client.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource }));
    const replaced = {
      Bucket,
      Key: "c",
      CopySource,
      MetadataDirective: "REPLACE",
      ContentType: "text/plain",
    } as const;
    await services.client.send(new CopyObjectCommand(replaced));
    expect(await get("b")).toMatchObject({ ContentType: "image/png", Metadata: { owner: "ana" } });
    expect(await get("c")).toMatchObject({ ContentType: "text/plain", Metadata: {} });
  });

  test("onto itself change something: the metadata, or the storage class", async () => {
    await put("a", { Metadata: { owner: "ana" } });
    const copy = (input: object) =>
      services.client.send(new CopyObjectCommand({ Bucket, Key: "a", CopySource: `${Bucket}/a`, ...input }));
    expect(await errorName(copy({}))).toBe("InvalidRequest");
    await copy({ StorageClass: "STANDARD_IA" });
    expect(await get("a")).toMatchObject({ StorageClass: "STANDARD_IA", Metadata: { owner: "ana" } });
  });

  test("of what is not there fail", async () => {
    const copy = new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Bucket}/missing` });
    expect(await errorName(services.client.send(copy))).toBe("NoSuchKey");
  });
});

describe("buckets", () => {
  test("have valid names, and come from the stack: a client can only make sure of them", async () => {
    const create = (name: string) => services.client.send(new CreateBucketCommand({ Bucket: name }));
    expect(await errorName(create(Bucket))).toBe("BucketAlreadyOwnedByYou");
    await expect(create("another")).rejects.toThrow(/makes its buckets from the stack.*called another/);
    expect(() => services.s3.createBucket("Not_Valid")).toThrow(/not valid: Not_Valid/);
  });

  test("are found in the host name too", async () => {
    await put("by host.txt", { Body: "here" });
    const found = await new Promise<string>((resolve, reject) => {
      const { port } = services;
      const options = {
        host: "127.0.0.1",
        port,
        path: "/by%20host.txt",
        headers: { host: `${Bucket}.localhost:${port}` },
      };
      httpRequest(options, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      })
        .on("error", reject)
        .end();
    });
    expect(found).toBe("here");
  });

  test.each([
    ["GET", "?acl", "GetBucketAcl"],
    ["PUT", "?versioning", "PutBucketVersioning"],
    ["DELETE", "", "DeleteBucket"],
    ["POST", "", "PostObject"],
    ["GET", "/a.jpg?uploadId=u", "ListParts"],
    ["POST", "/a.jpg?restore", "RestoreObject"],
  ])("name an operation that the engine does not have: %s %s is %s", async (method, path, operation) => {
    const response = await fetch(`${services.endpoint}/${Bucket}${path}`, { method });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain(
      `<Code>NotImplemented</Code><Message>This engine's S3 does not have ${operation}. It has `,
    );
  });
});

describe("pages of other origins", () => {
  const origin = "https://photos.example";
  const ask = (method: string, headers: Record<string, string> = {}) =>
    fetch(`${services.endpoint}/${Bucket}/a.jpg`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": method, ...headers },
    });

  test("are allowed what the rules say, and no more", async () => {
    services.s3.setCors(Bucket, [
      {
        allowedMethods: ["PUT", "POST"],
        allowedOrigins: ["https://*.example"],
        allowedHeaders: ["Content-Type", "x-amz-*"],
        exposeHeaders: ["ETag"],
        maxAgeSeconds: 600,
      },
      { allowedMethods: ["GET"], allowedOrigins: ["*"] },
    ]);
    const allowed = await ask("PUT", { "access-control-request-headers": "content-type,x-amz-meta-owner" });
    expect(allowed.status).toBe(200);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "PUT, POST",
      "access-control-allow-headers": "content-type, x-amz-meta-owner",
      "access-control-expose-headers": "ETag",
      "access-control-max-age": "600",
    });
    expect((await ask("PUT", { "access-control-request-headers": "authorization" })).status).toBe(403);
    expect((await ask("DELETE")).status).toBe(403);
    expect((await ask("PUT", { origin: "https://evil.test" })).status).toBe(403);
    expect(
      (await ask("GET", { origin: "https://evil.test" })).headers.get("access-control-allow-origin"),
    ).toBe("*");
  });

  test("see the headers on the answer itself, errors included", async () => {
    services.s3.setCors(Bucket, [{ allowedMethods: ["PUT", "GET"], allowedOrigins: [origin] }]);
    const address = `${services.endpoint}/${Bucket}/a.jpg`;
    const written = await fetch(address, { method: "PUT", body: "x", headers: { origin } });
    const missing = await fetch(`${address}.missing`, { headers: { origin } });
    const stranger = await fetch(address, { headers: { origin: "https://evil.test" } });
    expect(written.headers.get("access-control-allow-origin")).toBe(origin);
    expect([missing.status, missing.headers.get("access-control-allow-origin")]).toEqual([404, origin]);
    expect(stranger.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("are refused where there are no rules", async () => {
    const refused = await ask("PUT");
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("CORS is not enabled for this bucket");
  });
});
