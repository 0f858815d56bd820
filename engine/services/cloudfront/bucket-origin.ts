/** Answers out of a private bucket, as an edge that holds the object gives them: conditions, ranges, compression. */
import type { S3Response } from "../s3/exchange.ts";
import { acceptedEncoding, type Compressor, type Encoding, isCompressible, weakened } from "./compression.ts";
import type { Answer, ViewerRequest } from "./exchange.ts";

export interface BucketDependencies {
  /** Reads an object by its percent-encoded key, as far as its bucket lets the distribution. Errors are answers too. */
  readObject(
    read: { bucket: string; path: string; headers: Record<string, string> },
    distributionArn: string,
  ): Promise<S3Response>;
  compressor: Compressor;
}

/** No more of the request than its path reaches the bucket, and its range where it wants one. */
export async function answerFromBucket(
  { headers, method, uri }: ViewerRequest,
  { bucket, path }: { bucket: string; path: string },
  { compresses, distributionArn }: { compresses: boolean; distributionArn: string },
  { readObject, compressor }: BucketDependencies,
): Promise<Answer> {
  const read = async (readHeaders: Record<string, string> = {}) => {
    const asked = { bucket, path: `${path}${uri}`.slice(1), headers: readHeaders };
    return answerOf(await readObject(asked, distributionArn));
  };
  const found = await read();
  if (found.status !== 200) return found;
  const compressible = compresses && isCompressible(found);
  const whole = compressible ? varying(found) : found;
  const range = method === "GET" ? rangeOf(headers, whole) : undefined;
  const isPacked = compressible && range === undefined;
  const encoding = isPacked ? acceptedEncoding(headers["accept-encoding"]) : undefined;
  if (isUnchanged(headers, whole)) return notModified(encoding ? withWeakEtag(whole) : whole);
  if (range !== undefined) return read({ range });
  return encoding ? compressed(whole, encoding, `${bucket}${path}${uri}`, compressor) : whole;
}

function answerOf({ status, headers, body }: S3Response): Answer {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return {
    status,
    headers: {
      server: "AmazonS3",
      ...(typeof body === "string" && { "content-type": "application/xml" }),
      "content-length": String(bytes?.length ?? 0),
      ...headers,
    },
    ...(bytes && { body: bytes }),
  };
}

/** `If-None-Match` compares weakly, because the same object goes out with a strong and with a weak ETag. */
function isUnchanged(request: ViewerRequest["headers"], { headers }: Answer): boolean {
  const known = request["if-none-match"]?.flatMap((value) => value.split(",")).map((tag) => tag.trim());
  if (known) return known.some((tag) => tag === "*" || tag.replace(/^W\//, "") === headers.etag);
  const since = Date.parse(request["if-modified-since"]?.[0] ?? "");
  return Date.parse(String(headers["last-modified"])) <= since;
}

const VALIDATORS = ["cache-control", "etag", "expires", "last-modified", "server", "vary"];

function notModified({ headers }: Answer): Answer {
  return {
    status: 304,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => VALIDATORS.includes(name))),
  };
}

/** Undefined as well where the object is not the one any more that the viewer has a part of. */
function rangeOf(request: ViewerRequest["headers"], { headers }: Answer): string | undefined {
  const condition = request["if-range"]?.[0];
  const holds = condition === undefined || [headers.etag, headers["last-modified"]].includes(condition);
  return holds ? request.range?.[0] : undefined;
}

async function compressed(
  whole: Answer,
  encoding: Encoding,
  name: string,
  compressor: Compressor,
): Promise<Answer> {
  if (!Buffer.isBuffer(whole.body)) return whole;
  const body = await compressor.compress(whole.body, encoding, { name, etag: String(whole.headers.etag) });
  const { "accept-ranges": _, ...headers } = withWeakEtag(whole).headers;
  return {
    status: whole.status,
    headers: { ...headers, "content-encoding": encoding, "content-length": String(body.length) },
    body,
  };
}

function withWeakEtag(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, etag: weakened(String(answer.headers.etag)) } };
}

/** Caches are told so whether they got it compressed or not. */
function varying(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, vary: "Accept-Encoding" } };
}
