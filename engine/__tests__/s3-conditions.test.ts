import { CopyObjectCommand, DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { ACCOUNT_ID, errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const { client, s3, put, get, text, keys } = await startS3();

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
    client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));

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
    s3.keepVersions(Bucket);
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
    const { Deleted, Errors } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    expect(Deleted).toBeUndefined();
    expect(Errors).toMatchObject([{ Key: "b", Code: "PreconditionFailed" }]);
    expect(await keys()).toEqual(["b"]);
  });

  test("of many by what only directory buckets compare delete nothing", async () => {
    await put("a");
    for (const condition of [{ Size: 1 }, { LastModifiedTime: new Date() }]) {
      const Delete = { Objects: [{ Key: "a" }, { Key: "b", ...condition }] };
      const removal = client.send(new DeleteObjectsCommand({ Bucket, Delete }));
      expect(await errorName(removal)).toBe("NotImplemented");
    }
    expect(await keys()).toEqual(["a"]);
  });
});

test("whoever says which account owns a bucket is refused where that is another", async () => {
  const copy = (owners: object) =>
    client.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Bucket}/a`, ...owners }));
  await put("a", { ExpectedBucketOwner: ACCOUNT_ID });
  await copy({ ExpectedBucketOwner: ACCOUNT_ID, ExpectedSourceBucketOwner: ACCOUNT_ID });
  const other = { ExpectedBucketOwner: "111122223333" };
  const otherSource = { ExpectedSourceBucketOwner: "111122223333" };
  const refused = [put("c", other), get("a", other), keys(other), copy(other), copy(otherSource)];
  expect(await Promise.all(refused.map(errorName))).toEqual(refused.map(() => "AccessDenied"));
  expect(await keys()).toEqual(["a", "b"]);
});
