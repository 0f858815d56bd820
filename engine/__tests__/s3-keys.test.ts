import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const { client, endpoint, put, get, text, keys } = await startS3();

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
    await client.send(
      new CopyObjectCommand({ Bucket, Key: "copy", CopySource: encodeURIComponent(`${Bucket}/${key}`) }),
    );
    expect(await text("copy")).toBe("here");
    await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect(await keys()).toEqual(["copy"]);
  });

  test("with a plus that a client leaves bare in its address keep the plus", async () => {
    await fetch(`${endpoint}/${Bucket}/a+b%20c.jpg`, { method: "PUT", body: "x" });
    expect(await keys()).toEqual(["a+b c.jpg"]);
  });

  test("that are badly encoded are refused", async () => {
    expect(await (await fetch(`${endpoint}/${Bucket}/100%.jpg`)).text()).toContain("InvalidURI");
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
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "a/", Delimiter: "/" }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(["a/1", "a/2"]);
    expect(listed.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(["a/b/", "a/c/"]);
    expect(listed.KeyCount).toBe(4);
  });

  test.each([1, 2, 3, 5])("in pages of %i miss nothing and repeat nothing", async (MaxKeys) => {
    for (const key of ["a", "b/1", "b/2", "c", "d/1", "e"]) await put(key);
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page: import("@aws-sdk/client-s3").ListObjectsV2CommandOutput = await client.send(
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
    const { Contents } = await client.send(new ListObjectsCommand({ Bucket, Marker: "b" }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(["c"]);
  });
});

describe("copies", () => {
  test("take the metadata along, or replace it", async () => {
    await put("a", { ContentType: "image/png", Metadata: { owner: "ana" } });
    const CopySource = `${Bucket}/a`;
    await client.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource }));
    const replaced = {
      Bucket,
      Key: "c",
      CopySource,
      MetadataDirective: "REPLACE",
      ContentType: "text/plain",
    } as const;
    await client.send(new CopyObjectCommand(replaced));
    expect(await get("b")).toMatchObject({ ContentType: "image/png", Metadata: { owner: "ana" } });
    expect(await get("c")).toMatchObject({ ContentType: "text/plain", Metadata: {} });
  });

  test("onto itself change something: the metadata, or the storage class", async () => {
    await put("a", { Metadata: { owner: "ana" } });
    const copy = (input: object) =>
      client.send(new CopyObjectCommand({ Bucket, Key: "a", CopySource: `${Bucket}/a`, ...input }));
    expect(await errorName(copy({}))).toBe("InvalidRequest");
    await copy({ StorageClass: "STANDARD_IA" });
    expect(await get("a")).toMatchObject({ StorageClass: "STANDARD_IA", Metadata: { owner: "ana" } });
  });

  test("of what is not there fail", async () => {
    const copy = new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Bucket}/missing` });
    expect(await errorName(client.send(copy))).toBe("NoSuchKey");
  });
});
