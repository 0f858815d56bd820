import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { CopyObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const { client, endpoint, port, put, get, text, keys } = await startS3();

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
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: "empty" }))).ContentLength).toBe(0);
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
    expect(await errorName(client.send(new HeadObjectCommand({ Bucket, Key: "x" })))).toBe("NotFound");
  });

  test("may carry presentation headers in their address", async () => {
    await put("a");
    const address = `${endpoint}/${Bucket}/a?response-content-disposition=attachment`;
    expect((await fetch(address)).headers.get("content-disposition")).toBe("attachment");
    const refused = await fetch(`${address}%3B%20filename%3D%E9%9B%AA.jpg`);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("ISO-8859-1")]);
  });
});

describe("what an object brings along", () => {
  test("is at most 2,048 bytes of metadata, names included", async () => {
    const metadata = (bytes: number) => ({ Metadata: { caption: "x".repeat(bytes - "caption".length) } });
    await put("a", metadata(2048));
    const error = await put("b", metadata(2049)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "MetadataTooLarge", Size: "2049", MaxSizeAllowed: "2048" });
    const copy = { Bucket, Key: "c", CopySource: `${Bucket}/a`, MetadataDirective: "REPLACE" } as const;
    expect(await errorName(client.send(new CopyObjectCommand({ ...copy, ...metadata(2049) })))).toBe(
      "MetadataTooLarge",
    );
  });

  test("may be in its address, where a signed one has it", async () => {
    const address = `${endpoint}/${Bucket}/a?x-amz-meta-caption=`;
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
});
