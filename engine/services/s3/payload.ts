/** The bytes of an upload: out of their aws-chunked wrapping, and checked against the digests that came with them. */
import { createHash } from "node:crypto";
import { assertSame, type Checksum, checksumIn, checksumOf } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import type { S3Request } from "./exchange.ts";

export interface Payload {
  bytes: Buffer;
  /** With its quotes. */
  etag: string;
  checksum?: Checksum;
}

/** @throws S3Error BadDigest when the bytes are not those that were sent */
export async function readPayload({ headers, body }: S3Request): Promise<Payload> {
  const raw = await body();
  const chunked =
    headers["content-encoding"]?.includes("aws-chunked") ||
    headers["x-amz-content-sha256"]?.startsWith("STREAMING-");
  const { bytes, trailers } = chunked ? unwrapChunks(raw) : { bytes: raw, trailers: {} };
  const md5 = createHash("md5").update(bytes).digest();
  const claimedMd5 = headers["content-md5"];
  if (claimedMd5 !== undefined && claimedMd5 !== md5.toString("base64"))
    throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.");
  const announced = headers["x-amz-trailer"]?.toLowerCase();
  if (announced !== undefined && !Object.hasOwn(trailers, announced))
    throw new S3Error("MalformedTrailerError", `The trailer ${announced} was announced and is missing.`);
  const claimed = checksumIn({ ...headers, ...trailers });
  const checksum = claimed && (await checksumOf(claimed.algorithm, bytes));
  if (checksum) assertSame(claimed, checksum);
  return { bytes, etag: etagOf(md5), ...(checksum && { checksum }) };
}

export function etagOf(md5: Buffer, suffix = ""): string {
  return `"${md5.toString("hex")}${suffix}"`;
}

/**
 * Takes the data out of `<hex length>[;chunk-signature=…]\r\n<data>\r\n…0\r\n<trailers>\r\n\r\n`. The chunks are moved together
 * within the buffer they came in, so that a large upload is not in memory twice.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
function unwrapChunks(raw: Buffer): { bytes: Buffer; trailers: Record<string, string> } {
  let read = 0;
  let written = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", read);
    const length = lineEnd === -1 ? Number.NaN : Number.parseInt(raw.toString("latin1", read, lineEnd), 16);
    if (Number.isNaN(length) || lineEnd + 2 + length > raw.length)
      throw new S3Error("IncompleteBody", "The aws-chunked body ends before its last chunk.");
    const start = lineEnd + 2;
    if (length === 0)
      return { bytes: raw.subarray(0, written), trailers: parseTrailers(raw.toString("utf8", start)) };
    raw.copyWithin(written, start, start + length);
    written += length;
    read = start + length + 2;
  }
}

function parseTrailers(text: string): Record<string, string> {
  const pairs = text.split("\r\n").flatMap((line) => {
    const colon = line.indexOf(":");
    return colon === -1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
  });
  return Object.fromEntries(pairs);
}
