/** The bytes of an upload: out of their aws-chunked wrapping, and checked against the digests that came with them. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { S3Error } from "./errors.ts";
import { header, type S3Request } from "./exchange.ts";
import type { Checksum } from "./store.ts";

export interface Payload {
  body: Buffer;
  checksum?: Checksum;
}

/** @throws S3Error BadDigest when the bytes are not those that were sent. */
export async function readPayload(request: S3Request): Promise<Payload> {
  const raw = await request.body();
  const chunked =
    header(request.headers, "content-encoding")?.includes("aws-chunked") ||
    header(request.headers, "x-amz-content-sha256")?.startsWith("STREAMING-");
  const { body, trailers } = chunked ? unwrapChunks(raw) : { body: raw, trailers: {} };
  const md5 = header(request.headers, "content-md5");
  if (md5 !== undefined && createHash("md5").update(body).digest("base64") !== md5)
    throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.");
  const checksum = checksumIn(trailers) ?? checksumIn(request.headers);
  if (checksum) verify(body, checksum);
  return { body, ...(checksum && { checksum }) };
}

/** The checksum that a request's headers or trailers carry. */
export function checksumIn(headers: S3Request["headers"]): Checksum | undefined {
  for (const algorithm of ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"]) {
    const value = header(headers, `x-amz-checksum-${algorithm}`);
    if (value !== undefined)
      return { algorithm, value, type: value.includes("-") ? "COMPOSITE" : "FULL_OBJECT" };
  }
  return undefined;
}

/**
 * Takes the data out of `<hex length>[;chunk-signature=…]\r\n<data>\r\n…0\r\n<trailers>\r\n\r\n`. The chunks are moved together
 * within the buffer they came in, so that a large upload is not in memory twice.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
function unwrapChunks(raw: Buffer): { body: Buffer; trailers: Record<string, string> } {
  let read = 0;
  let written = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", read);
    const length = lineEnd === -1 ? Number.NaN : Number.parseInt(raw.toString("latin1", read, lineEnd), 16);
    if (Number.isNaN(length) || lineEnd + 2 + length > raw.length)
      throw new S3Error("InvalidRequest", "The aws-chunked body ends before its last chunk.");
    const start = lineEnd + 2;
    if (length === 0)
      return { body: raw.subarray(0, written), trailers: parseTrailers(raw.toString("utf8", start)) };
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

/** CRC32C and CRC64-NVME are kept but not verified: Node computes neither natively. */
function verify(body: Buffer, { algorithm, value, type }: Checksum): void {
  if (type === "COMPOSITE" || algorithm === "crc32c" || algorithm === "crc64nvme") return;
  const actual =
    algorithm === "crc32" ? crc32Base64(body) : createHash(algorithm).update(body).digest("base64");
  if (actual !== value) {
    const name = algorithm.toUpperCase();
    throw new S3Error("BadDigest", `The ${name} you specified did not match the calculated checksum.`);
  }
}

function crc32Base64(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString("base64");
}
