import fs from "node:fs";
import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const { client, endpoint, folder, s3, put, get, text } = await startS3();

/** Of all tests so far: each looks at how many it added. */
const files = async () => (await readdir(join(folder, "objects"))).length;
let before = 0;
beforeEach(async () => {
  before = await files();
});

/** A file is removed by nobody who waits for it. */
const expectFiles = (more: number) => vi.waitFor(async () => expect((await files()) - before).toBe(more));

const remove = (Key: string, VersionId?: string) =>
  client.send(new DeleteObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }));

describe("an object is a file, which goes", () => {
  test("when it is deleted", async () => {
    await put("a");
    await expectFiles(1);
    await remove("a");
    await expectFiles(0);
  });

  test("when it is overwritten", async () => {
    await put("a");
    await put("a", { Body: "another" });
    await expectFiles(1);
    expect(await text("a")).toBe("another");
  });

  test("when its version is deleted, and not before", async () => {
    s3.keepVersions(Bucket);
    const { VersionId = "" } = await put("a");
    await put("a", { Body: "newer" });
    await remove("a");
    await expectFiles(2);
    expect(await text("a", { VersionId })).toBe("a");
    await remove("a", VersionId);
    await expectFiles(1);
  });

  test("and the copy of it stays", async () => {
    await put("a");
    await client.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Bucket}/a` }));
    await remove("a");
    await expectFiles(1);
    expect(await text("b")).toBe("a");
  });

  test("though whoever began to read it gets all of it", async () => {
    const Body = Buffer.alloc(20_000_000, "x");
    await put("large", { Body });
    const reading = (await get("large")).Body;
    await remove("large");
    await expectFiles(0);
    expect((await reading?.transformToByteArray())?.length).toBe(Body.length);
  });
});

describe("nothing is left of an upload", () => {
  afterEach(() => expectFiles(0));

  test("that its condition refuses", async () => {
    await put("a");
    expect(await errorName(put("a", { IfNoneMatch: "*" }))).toBe("PreconditionFailed");
    await remove("a");
  });

  test("whose bytes are others than were said", async () => {
    expect(await errorName(put("a", { ContentMD5: "AAAAAAAAAAAAAAAAAAAAAA==" }))).toBe("BadDigest");
  });

  test("that ends in the middle", async () => {
    const url = new URL(`/${Bucket}/a`, endpoint);
    const sending = httpRequest(url, { method: "PUT", headers: { "content-length": 1_000_000 } });
    sending.on("error", () => undefined);
    sending.write(Buffer.alloc(500_000));
    await expectFiles(1);
    sending.destroy();
    await expectFiles(0);
    expect(await errorName(get("a"))).toBe("NoSuchKey");
  });

  test.skipIf(!fs.existsSync("/dev/full"))("that finds no room, and it is said where", async () => {
    const upload = await begin();
    const { createWriteStream } = fs;
    vi.spyOn(fs, "createWriteStream").mockImplementation(() => createWriteStream("/dev/full"));
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    const place = join(folder, "objects");
    const told = new RegExp(`^ENOSPC: no space left on device, write '${place}/[-0-9a-f]+'$`);
    await expect(put("a")).rejects.toThrow(told);
    await expect(part(upload, 1)).rejects.toThrow(told);
    expect(warned.mock.calls).toEqual([[expect.stringMatching(told)], [expect.stringMatching(told)]]);
  });

  test("in parts that is given up", async () => {
    const upload = await begin();
    await part(upload, 1);
    await part(upload, 1);
    await expectFiles(1);
    await client.send(new AbortMultipartUploadCommand(upload));
  });

  test("in parts but its object", async () => {
    const upload = await begin();
    const { ETag } = await part(upload, 1);
    await part(upload, 2);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    await expectFiles(1);
    expect(await text("a")).toBe("part 1");
    await remove("a");
  });
});

const begin = async () => {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: "a" }));
  return { Bucket, Key: "a", UploadId };
};
const part = (upload: Awaited<ReturnType<typeof begin>>, PartNumber: number) =>
  client.send(new UploadPartCommand({ ...upload, PartNumber, Body: `part ${PartNumber}` }));
