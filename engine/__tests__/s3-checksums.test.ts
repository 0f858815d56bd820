import { Readable } from "node:stream";
import { CopyObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { expect, test } from "vitest";
import { CREDENTIALS, errorName, REGION } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

/** The check values that the algorithms' own descriptions give for "123456789". */
const BODY = "123456789";
const SUMS = {
  CRC32: "y/Q5Jg==",
  CRC32C: "4waSgw==",
  CRC64NVME: "rosUhgp5mIg=",
  SHA1: "98O8HYCOBHMq32eZZczDTKeuNEE=",
  SHA256: "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
} as const;
const ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;

const { client, endpoint, ...files } = await startS3();

const put = (Key: string, input: object) => files.put(Key, { Body: BODY, ...input });
const get = (Key: string) => files.get(Key, { ChecksumMode: "ENABLED" });
const putRaw = async (Key: string, headers: Record<string, string>, body = BODY) => {
  const response = await fetch(`${endpoint}/${Bucket}/${Key}`, { method: "PUT", headers, body });
  return { status: response.status, text: await response.text() };
};

test.each(ALGORITHMS)("%s is verified, kept, and told to those who ask", async (algorithm) => {
  const field = `Checksum${algorithm}` as const;
  expect(await put(algorithm, { [field]: SUMS[algorithm] })).toMatchObject({ [field]: SUMS[algorithm] });
  expect(await get(algorithm)).toMatchObject({ [field]: SUMS[algorithm], ChecksumType: "FULL_OBJECT" });
  const refused = put("damaged", { [field]: SUMS[algorithm], Body: "12345678" });
  expect(await errorName(refused)).toBe("BadDigest");
  expect(await errorName(get("damaged"))).toBe("NoSuchKey");
});

test.each(ALGORITHMS)("%s is verified at the end of a stream too", async (ChecksumAlgorithm) => {
  const stream = () => ({ Body: Readable.from([BODY]), ContentLength: BODY.length, ChecksumAlgorithm });
  const field = `Checksum${ChecksumAlgorithm}` as const;
  expect(await put("streamed", stream())).toMatchObject({ [field]: SUMS[ChecksumAlgorithm] });
  const trailer = `x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`;
  const chunked = {
    "content-encoding": "aws-chunked",
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": trailer,
  };
  const body = (data: string, end: string) => `${data.length}\r\n${data}\r\n0\r\n${end}\r\n`;
  const sum = `${trailer}:${SUMS[ChecksumAlgorithm]}\r\n`;
  expect((await putRaw("raw", chunked, body(BODY, sum))).status).toBe(200);
  expect((await putRaw("raw", chunked, body("12345678", sum))).text).toContain("BadDigest");
  expect((await putRaw("raw", chunked, body(BODY, ""))).text).toContain("MalformedTrailerError");
});

test("a checksum that is none, is one too many or is not known here is refused", async () => {
  const none = await putRaw("none", { "x-amz-checksum-crc32": "rubbish" });
  expect(none).toMatchObject({ status: 400, text: expect.stringContaining("crc32 header is invalid") });
  const two = { "x-amz-checksum-crc32": SUMS.CRC32, "x-amz-checksum-sha1": SUMS.SHA1 };
  expect((await putRaw("two", two)).text).toContain("Expecting a single");
  const unknown = await putRaw("unknown", { "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" });
  expect(unknown).toMatchObject({ status: 501, text: expect.stringContaining("xxhash64") });
  const md5 = await putRaw("md5", { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" });
  expect(md5).toMatchObject({ status: 400, text: expect.stringContaining("BadDigest") });
});

test("a copy has the checksum of its source, or the one that is asked for", async () => {
  await put("source", { ChecksumAlgorithm: "CRC32" });
  const copy = (Key: string, input: object) =>
    client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...input }));
  expect((await copy("same", {})).CopyObjectResult).toMatchObject({ ChecksumCRC32: SUMS.CRC32 });
  await copy("other", { ChecksumAlgorithm: "SHA256" });
  expect(await get("other")).toMatchObject({ ChecksumSHA256: SUMS.SHA256 });
});

test("what a presigned address says of the checksum counts, as on AWS", async () => {
  const client = new S3Client({ region: REGION, endpoint, credentials: CREDENTIALS });
  const url = await getSignedUrl(
    client,
    new PutObjectCommand({ Bucket, Key: "linked", ChecksumCRC32: SUMS.CRC32 }),
    { unhoistableHeaders: new Set() },
  );
  expect(url).toContain("x-amz-checksum-crc32=");
  expect((await fetch(url, { method: "PUT", body: "12345678" })).status).toBe(400);
  expect((await fetch(url, { method: "PUT", body: BODY })).status).toBe(200);
  client.destroy();
});
