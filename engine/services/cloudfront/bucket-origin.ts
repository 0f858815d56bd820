/** Answers out of a private bucket, as an edge that holds the object gives them: conditions, ranges, compression. */
import { buffer } from "node:stream/consumers";
import type { Content, S3Response } from "../s3/exchange.ts";
import { acceptedEncoding, type Compressor, type Encoding, isCompressible } from "./compression.ts";
import type { Answer, ViewerRequest } from "./exchange.ts";

export interface BucketDependencies {
  /** Reads an object by its percent-encoded key, as far as its bucket lets the distribution. Errors are answers too. */
  readObject(
    read: { bucket: string; path: string; headers: Record<string, string> },
    distributionArn: string,
  ): Promise<S3Response>;
  compressor: Compressor;
}

/** An answer of which nothing is read yet. */
type Found = Omit<Answer, "body"> & { body?: Buffer | Content };

/** No more of the request than its path reaches the bucket, and its range where it wants one. */
export async function answerFromBucket(
  { headers, method, uri }: ViewerRequest,
  bucket: string,
  { compresses, distributionArn }: { compresses: boolean; distributionArn: string },
  { readObject, compressor }: BucketDependencies,
): Promise<Answer> {
  const read = async (readHeaders: Record<string, string> = {}) => {
    const asked = { bucket, path: uri.slice(1), headers: readHeaders };
    return foundIn(await readObject(asked, distributionArn));
  };
  const sent = async ({ body, ...answer }: Found): Promise<Answer> => {
    if (body === undefined || method === "HEAD") return answer;
    return { ...answer, body: Buffer.isBuffer(body) ? body : await body.open() };
  };
  const found = await read();
  if (found.status !== 200) return sent(found);
  const compressible = compresses && isCompressible(found);
  const whole = compressible ? varying(found) : found;
  const range = method === "GET" ? rangeOf(headers, whole) : undefined;
  const isPacked = compressible && range === undefined;
  const encoding = isPacked ? acceptedEncoding(headers["accept-encoding"]) : undefined;
  if (isUnchanged(headers, whole)) return notModified(encoding ? withWeakEtag(whole) : whole);
  if (range !== undefined) return sent(await read({ range }));
  return encoding ? compressed(whole, encoding, `${bucket}${uri}`, compressor) : sent(whole);
}

function foundIn({ status, headers, body }: S3Response): Found {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return {
    status,
    headers: {
      server: "AmazonS3",
      ...(typeof body === "string" && { "content-type": "application/xml" }),
      "content-length": String(Buffer.isBuffer(bytes) ? bytes.length : 0),
      ...headers,
    },
    ...(bytes && { body: bytes }),
  };
}

/** `If-None-Match` compares weakly, because the same object goes out with a strong and with a weak ETag. */
function isUnchanged(request: ViewerRequest["headers"], { headers }: Found): boolean {
  const known = request["if-none-match"]?.flatMap((value) => value.split(",")).map((tag) => tag.trim());
  if (known) return known.some((tag) => tag === "*" || tag.replace(/^W\//, "") === headers.etag);
  const since = Date.parse(request["if-modified-since"]?.[0] ?? "");
  return Date.parse(String(headers["last-modified"])) <= since;
}

const VALIDATORS = ["cache-control", "etag", "expires", "last-modified", "server", "vary"];

function notModified({ headers }: Found): Answer {
  return {
    status: 304,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => VALIDATORS.includes(name))),
  };
}

/** Undefined as well where the object is not the one any more that the viewer has a part of. */
function rangeOf(request: ViewerRequest["headers"], { headers }: Found): string | undefined {
  const condition = request["if-range"]?.[0];
  const holds = condition === undefined || [headers.etag, headers["last-modified"]].includes(condition);
  return holds ? request.range?.[0] : undefined;
}

async function compressed(
  whole: Found,
  encoding: Encoding,
  name: string,
  compressor: Compressor,
): Promise<Answer> {
  const bytes = await bytesOf(whole);
  const body = await compressor.compress(bytes, encoding, { name, etag: String(whole.headers.etag) });
  const { "accept-ranges": _, ...headers } = withWeakEtag(whole).headers;
  return {
    status: whole.status,
    headers: { ...headers, "content-encoding": encoding, "content-length": String(body.length) },
    body,
  };
}

async function bytesOf({ body }: Found): Promise<Buffer> {
  if (body === undefined || Buffer.isBuffer(body)) return body ?? Buffer.alloc(0);
  return buffer(await body.open());
}

/** A compressed body has other bytes than the object, and the same meaning. */
function withWeakEtag(answer: Found): Found {
  return { ...answer, headers: { ...answer.headers, etag: `W/${answer.headers.etag}` } };
}

/** Caches are told so whether they got it compressed or not. */
function varying(answer: Found): Found {
  return { ...answer, headers: { ...answer.headers, vary: "Accept-Encoding" } };
}
