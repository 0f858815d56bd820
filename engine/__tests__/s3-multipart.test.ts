import { randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  HeadObjectCommand,
  ListPartsCommand,
  type ListPartsCommandInput,
  UploadPartCommand,
  type UploadPartCommandInput,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const FIRST = randomBytes(5 * 1024 * 1024);
const LAST = randomBytes(1000);

const { client, endpoint, put, get } = await startS3();

const bytesOf = async (Key: string) =>
  Buffer.from((await (await get(Key)).Body?.transformToByteArray()) ?? []);

/** An upload, and what can be done with it. */
async function begin(Key: string, input: Partial<CreateMultipartUploadCommandInput> = {}) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }));
  const upload = { Bucket, Key, UploadId };
  const part = async (PartNumber: number, Body: Buffer, over: Partial<UploadPartCommandInput> = {}) => ({
    ...(await client.send(new UploadPartCommand({ ...upload, PartNumber, Body, ...over }))),
    PartNumber,
  });
  const complete = (Parts: CompletedPart[], over: Partial<CompleteMultipartUploadCommandInput> = {}) =>
    client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...over }));
  return { upload, part, complete };
}

test("parts become one object", async () => {
  const { part, complete } = await begin("parts.bin", { ContentType: "image/tiff" });
  const parts = [await part(1, FIRST), await part(2, LAST)];
  expect(await errorName(get("parts.bin"))).toBe("NoSuchKey");
  expect((await complete(parts)).ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
  expect((await get("parts.bin")).ContentType).toBe("image/tiff");
  expect((await bytesOf("parts.bin")).equals(Buffer.concat([FIRST, LAST]))).toBe(true);
  const second = await get("parts.bin", { PartNumber: 2 });
  expect([second.ContentLength, second.PartsCount]).toEqual([1000, 2]);
});

test("parts that have come are listed, page by page, until the upload ends", async () => {
  const { upload, part, complete } = await begin("listed.bin");
  const first = await part(1, FIRST);
  const third = await part(3, LAST);
  const list = (over: Partial<ListPartsCommandInput> = {}) =>
    client.send(new ListPartsCommand({ ...upload, ...over }));
  const page = await list({ MaxParts: 1 });
  expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "1", UploadId: upload.UploadId });
  expect(page.Parts).toMatchObject([{ PartNumber: 1, ETag: first.ETag, Size: FIRST.length }]);
  const rest = await list({ PartNumberMarker: page.NextPartNumberMarker });
  expect(rest.IsTruncated).toBe(false);
  expect(rest.Parts).toMatchObject([{ PartNumber: 3, ETag: third.ETag, Size: LAST.length }]);
  expect(await errorName(list({ Key: "other.bin" }))).toBe("NoSuchUpload");
  await complete([first, third]);
  expect(await errorName(list())).toBe("NoSuchUpload");
});

test("whoever missed the answer asks again, and gets it again", async () => {
  const { upload, part, complete } = await begin("again.bin");
  const parts = [await part(1, LAST)];
  const ask = async () => {
    const { $metadata: _, ...answer } = await complete(parts, { IfNoneMatch: "*" });
    return answer;
  };
  const [first, meanwhile] = await Promise.all([ask(), ask()]);
  expect(first.ETag).toMatch(/-1"$/);
  expect([meanwhile, await ask()]).toEqual([first, first]);
  expect(await errorName(complete([...parts, { PartNumber: 2, ETag: "other" }]))).toBe("NoSuchUpload");
  expect(await errorName(part(2, LAST))).toBe("NoSuchUpload");
  const abort = client.send(new AbortMultipartUploadCommand(upload));
  expect(await errorName(abort)).toBe("NoSuchUpload");
});

test("an upload that was given up is gone", async () => {
  const { upload, part, complete } = await begin("given-up.bin");
  const parts = [await part(1, LAST)];
  await client.send(new AbortMultipartUploadCommand(upload));
  expect(await errorName(complete(parts))).toBe("NoSuchUpload");
});

test("parts that are too small, out of order or not there are refused", async () => {
  const { part, complete } = await begin("bad.bin");
  const small = await part(1, LAST);
  await part(2, LAST);
  const completed = (numbers: number[]) =>
    errorName(complete(numbers.map((PartNumber) => ({ ...small, PartNumber }))));
  expect(await completed([1, 2])).toBe("EntityTooSmall");
  expect(await completed([2, 1])).toBe("InvalidPartOrder");
  expect(await completed([3])).toBe("InvalidPart");
  expect(await completed([])).toBe("MalformedXML");
});

test.each([
  ["CRC32", "COMPOSITE"],
  ["CRC32C", "COMPOSITE"],
  ["SHA1", "COMPOSITE"],
  ["SHA256", "COMPOSITE"],
  ["CRC32", "FULL_OBJECT"],
  ["CRC32C", "FULL_OBJECT"],
  ["CRC64NVME", "FULL_OBJECT"],
] as const)("the whole has a checksum too: %s, %s", async (ChecksumAlgorithm, ChecksumType) => {
  const Key = `${ChecksumAlgorithm}-${ChecksumType}`;
  const { part, complete } = await begin(Key, { ChecksumAlgorithm, ChecksumType });
  const parts = [await part(1, FIRST, { ChecksumAlgorithm }), await part(2, LAST, { ChecksumAlgorithm })];
  const field = `Checksum${ChecksumAlgorithm}` as const;
  const wrong = ChecksumType === "COMPOSITE" ? `${parts[0]?.[field]}-2` : parts[0]?.[field];
  expect(await errorName(complete(parts, { [field]: wrong }))).toBe("BadDigest");
  const swapped = parts.map((one, index) => ({ ...one, [field]: parts[1 - index]?.[field] }));
  expect(await errorName(complete(swapped))).toBe("InvalidPart");
  const answer = await complete(parts);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
  expect(head).toMatchObject({ [field]: answer[field], ChecksumType });
  const Body = Buffer.concat([FIRST, LAST]);
  const whole = await put("whole", { Body, ChecksumAlgorithm });
  if (ChecksumType === "FULL_OBJECT") expect(answer[field]).toBe(whole[field]);
  else expect(answer[field]).toMatch(/^[^-]+-2$/);
});

test("a part that arrives damaged is refused, and one that is checked in another way", async () => {
  const { part } = await begin("damaged.bin", { ChecksumAlgorithm: "CRC32C" });
  expect(await errorName(part(1, LAST, { ChecksumCRC32C: "AAAAAA==" }))).toBe("BadDigest");
  await expect(part(1, LAST, { ChecksumAlgorithm: "SHA1" })).rejects.toThrow(
    /expected checksum Type: crc32c/,
  );
});

test("an upload with checksums is completed with those of its parts, and with its size", async () => {
  const { part, complete } = await begin("sums.bin", { ChecksumAlgorithm: "SHA256" });
  const uploaded = await part(1, LAST, { ChecksumAlgorithm: "SHA256" });
  const { ChecksumSHA256: _, ...bare } = uploaded;
  await expect(complete([bare])).rejects.toThrow(/must include the checksum for each part.*part 1/);
  expect(await errorName(complete([uploaded], { MpuObjectSize: 999 }))).toBe("InvalidRequest");
  await complete([uploaded], { MpuObjectSize: 1000 });
});

test.each([
  ["SHA1", "FULL_OBJECT"],
  ["CRC64NVME", "COMPOSITE"],
  [undefined, "COMPOSITE"],
] as const)(
  "a checksum of a kind that there is not is refused: %s, %s",
  async (ChecksumAlgorithm, ChecksumType) => {
    const headers = {
      ...(ChecksumAlgorithm && { "x-amz-checksum-algorithm": ChecksumAlgorithm }),
      "x-amz-checksum-type": ChecksumType,
    };
    const address = `${endpoint}/${Bucket}/kind.bin?uploads`;
    expect((await fetch(address, { method: "POST", headers })).status).toBe(400);
  },
);

test("parts can be copied out of other objects", async () => {
  await put("source", { Body: "0123456789" });
  const { upload, complete } = await begin("copied", { ChecksumAlgorithm: "CRC32" });
  const copy = (CopySourceRange: string) =>
    client.send(
      new UploadPartCopyCommand({
        ...upload,
        PartNumber: 1,
        CopySource: `${Bucket}/source`,
        CopySourceRange,
      }),
    );
  for (const range of ["bytes=5-10", "bytes=5-4", "bytes=5-", "rubbish"])
    expect(await errorName(copy(range))).toBe("InvalidArgument");
  const { CopyPartResult } = await copy("bytes=2-5");
  await complete([{ ...CopyPartResult, PartNumber: 1 }]);
  expect((await bytesOf("copied")).toString()).toBe("2345");
});
