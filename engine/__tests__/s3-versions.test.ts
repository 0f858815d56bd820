import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const { client, s3, ...files } = await startS3({ versioned: true });

const Key = "photo.jpg";

const put = async (Body: string, key = Key) => (await files.put(key, { Body })).VersionId ?? "";
const read = (VersionId?: string) => files.text(Key, { VersionId });

describe("a versioned bucket", () => {
  test("keeps every version readable, the newest by default", async () => {
    const [first, second] = [await put("one"), await put("two")];
    expect(first).not.toBe(second);
    expect(await read()).toBe("two");
    expect(await read(first)).toBe("one");
    expect(await read(second)).toBe("two");
  });

  test("tells the version on reads", async () => {
    const first = await put("one");
    const second = await put("longer");
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    const old = await client.send(new HeadObjectCommand({ Bucket, Key, VersionId: first }));
    expect([head.VersionId, head.ContentLength]).toEqual([second, 6]);
    expect([old.VersionId, old.ContentLength]).toEqual([first, 3]);
  });

  test("hides a deleted object behind a marker, and shows it again when the marker goes", async () => {
    const version = await put("one");
    const marker = await client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(marker.DeleteMarker).toBe(true);
    expect(await errorName(read())).toBe("NoSuchKey");
    expect(await errorName(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe("NotFound");
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    expect(await read(version)).toBe("one");
    expect(await errorName(read(marker.VersionId))).toBe("MethodNotAllowed");

    const VersionId = marker.VersionId;
    const removed = await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    expect(removed).toMatchObject({ DeleteMarker: true, VersionId });
    expect(await read()).toBe("one");
  });

  test("loses exactly the version that is deleted by its id", async () => {
    const [first, second, third] = [await put("one"), await put("two"), await put("three")];
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: second }));
    expect(await errorName(read(second))).toBe("NoSuchVersion");
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: third }));
    expect(await read()).toBe("one");
    expect(await read(first)).toBe("one");
  });

  test("answers NoSuchVersion for a version that never was", async () => {
    await put("one");
    expect(await errorName(read("neverwas"))).toBe("NoSuchVersion");
  });

  test("lists versions and markers, newest first, page by page", async () => {
    const [first, second] = [await put("one"), await put("two")];
    const { VersionId: marker } = await client.send(new DeleteObjectCommand({ Bucket, Key }));
    const other = await put("x", "zebra.jpg");
    const whole = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(whole.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [second, false],
      [first, false],
      [other, true],
    ]);
    expect(whole.DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [marker, true],
    ]);

    const pages: (string | undefined)[][] = [];
    let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (next) {
      const page: import("@aws-sdk/client-s3").ListObjectVersionsCommandOutput = await client.send(
        new ListObjectVersionsCommand({ Bucket, MaxKeys: 2, ...next }),
      );
      pages.push([...(page.DeleteMarkers ?? []), ...(page.Versions ?? [])].map(({ VersionId }) => VersionId));
      next = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    }
    expect(pages).toEqual([
      [marker, second],
      [first, other],
    ]);
  });

  test("deletes many at once, by version or behind markers", async () => {
    const first = await put("one");
    await put("two");
    await put("other", "b & c.jpg");
    const Objects = [{ Key, VersionId: first }, { Key: "b & c.jpg" }, { Key: "missing" }];
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toMatchObject([
      { Key, VersionId: first },
      { Key: "b & c.jpg", DeleteMarker: true },
      { Key: "missing", DeleteMarker: true },
    ]);
    expect(await read()).toBe("two");
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map((object) => object.Key)).toEqual([Key]);
  });

  test("copies an old version", async () => {
    const first = await put("one");
    await put("two");
    const CopySource = `${Bucket}/${Key}?versionId=${first}`;
    const copy = await client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
    expect(copy.CopySourceVersionId).toBe(first);
    expect(await read()).toBe("one");
    expect(await read(copy.VersionId)).toBe("one");
  });

  test("says that it is versioned", async () => {
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
    expect(Status).toBe("Enabled");
  });
});

test("a bucket without versioning answers no version ids", async () => {
  s3.createBucket("plain");
  const written = await client.send(new PutObjectCommand({ Bucket: "plain", Key, Body: "x" }));
  const head = await client.send(new HeadObjectCommand({ Bucket: "plain", Key }));
  const status = await client.send(new GetBucketVersioningCommand({ Bucket: "plain" }));
  const removed = await client.send(new DeleteObjectCommand({ Bucket: "plain", Key }));
  expect([written.VersionId, head.VersionId, status.Status, removed.DeleteMarker]).toEqual(
    Array(4).fill(undefined),
  );
  expect((await client.send(new ListBucketsCommand())).Buckets?.map(({ Name }) => Name)).toContain("plain");
});
