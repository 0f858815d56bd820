import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectTaggingCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const { client, put } = await startS3({ versioned: true });
const tag = (Key: string, tags: Record<string, string>) =>
  client.send(
    new PutObjectTaggingCommand({
      Bucket,
      Key,
      Tagging: { TagSet: Object.entries(tags).map(([name, Value]) => ({ Key: name, Value })) },
    }),
  );

async function tagsOf(Key: string, VersionId?: string): Promise<Record<string, string>> {
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
  return Object.fromEntries(TagSet.map(({ Key: name = "", Value = "" }) => [name, Value]));
}

test("an object's tags are kept, replaced as a whole, and taken away", async () => {
  await put("photo.jpg");
  expect(await tagsOf("photo.jpg")).toEqual({});
  await tag("photo.jpg", { "a & b": "<c>", replaced: "true" });
  expect(await tagsOf("photo.jpg")).toEqual({ "a & b": "<c>", replaced: "true" });
  await tag("photo.jpg", { other: "" });
  expect(await tagsOf("photo.jpg")).toEqual({ other: "" });
  await client.send(new DeleteObjectTaggingCommand({ Bucket, Key: "photo.jpg" }));
  expect(await tagsOf("photo.jpg")).toEqual({});
});

test("tags are of one version: what is written anew has none, and what comes back has its own", async () => {
  const { VersionId: first } = await put("again.jpg");
  await tag("again.jpg", { replaced: "true" });
  await put("again.jpg");
  expect(await tagsOf("again.jpg")).toEqual({});
  expect(await tagsOf("again.jpg", first)).toEqual({ replaced: "true" });
});

test("there are none of an object that is not there, or was deleted", async () => {
  await put("deleted.jpg");
  await client.send(new DeleteObjectCommand({ Bucket, Key: "deleted.jpg" }));
  expect(await errorName(tagsOf("deleted.jpg"))).toBe("NoSuchKey");
  expect(await errorName(tag("never.jpg", { a: "b" }))).toBe("NoSuchKey");
});

test("ten tags are enough", async () => {
  await put("many.jpg");
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`tag${index}`, "x"]));
  expect(await errorName(tag("many.jpg", eleven))).toBe("InvalidArgument");
});
