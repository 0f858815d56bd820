/** The bytes of an upload: out of their aws-chunked wrapping, and checked against the digests that came with them. */
import { algorithmNamed, assertSame, type Checksum, checksumIn, Digesting } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import type { S3Request } from "./exchange.ts";

export interface PayloadFacts {
  /** With its quotes. */
  etag: string;
  checksum?: Checksum;
}

/** Bytes as they come. The last are followed by an error where they are not those that were sent. */
export class Payload implements AsyncIterable<Uint8Array> {
  /** Known after the last byte. */
  facts: PayloadFacts = { etag: "" };
  readonly #headers: Record<string, string>;
  readonly #trailers: Record<string, string> = {};
  readonly #digesting: Digesting;

  /** @throws S3Error for what cannot be checked */
  constructor({ headers, chunks }: Pick<S3Request, "headers" | "chunks">) {
    this.#headers = headers;
    const isChunked =
      headers["content-encoding"]?.includes("aws-chunked") ||
      headers["x-amz-content-sha256"]?.startsWith("STREAMING-");
    const announced = /^x-amz-checksum-(.+)$/.exec(this.#announcedTrailer ?? "")?.[1];
    const algorithm = checksumIn(headers)?.algorithm ?? algorithmNamed(announced);
    this.#digesting = new Digesting(isChunked ? unwrapped(chunks(), this.#trailers) : chunks(), [
      "md5",
      algorithm,
      this.#signedSha256 === undefined ? undefined : "sha256",
    ]);
  }

  /** @throws S3Error BadDigest when the bytes are not those that were sent */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* this.#digesting;
    this.facts = await this.#checked();
  }

  /** Of the one trailer that clients send. */
  get #announcedTrailer(): string | undefined {
    return this.#headers["x-amz-trailer"]?.toLowerCase();
  }

  get #signedSha256(): string | undefined {
    const announced = this.#headers["x-amz-content-sha256"]?.toLowerCase();
    return announced !== undefined && /^[0-9a-f]{64}$/.test(announced) ? announced : undefined;
  }

  async #checked(): Promise<PayloadFacts> {
    const md5 = await this.#digesting.digest("md5");
    const claimedMd5 = this.#headers["content-md5"];
    if (claimedMd5 !== undefined && claimedMd5 !== md5.toString("base64"))
      throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.");
    const announced = this.#announcedTrailer;
    if (announced !== undefined && !Object.hasOwn(this.#trailers, announced))
      throw new S3Error("MalformedTrailerError", `The trailer ${announced} was announced and is missing.`);
    const claimed = checksumIn({ ...this.#headers, ...this.#trailers });
    if (claimed && !this.#digesting.has(claimed.algorithm))
      throw new S3Error("MalformedTrailerError", "A trailer with a checksum came that was not announced.");
    const sha256 = this.#signedSha256;
    if (sha256 !== undefined && sha256 !== (await this.#digesting.digest("sha256")).toString("hex"))
      throw new S3Error(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    if (!claimed) return { etag: etagOf(md5) };
    const checksum = await this.#digesting.checksum(claimed.algorithm);
    assertSame(claimed, checksum);
    return { etag: etagOf(md5), checksum };
  }
}

export function etagOf(md5: Buffer, suffix = ""): string {
  return `"${md5.toString("hex")}${suffix}"`;
}

/** Longer lines than a chunk's length with its signature are none. */
const MAX_LINE_BYTES = 8 * 1024;

/**
 * The data in `<hex length>[;chunk-signature=…]\r\n<data>\r\n…0\r\n<trailers>\r\n\r\n`, and what the trailers say.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
async function* unwrapped(
  bytes: AsyncIterable<Uint8Array>,
  trailers: Record<string, string>,
): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  let dataLeft = 0;
  let isOver = false;
  for await (const chunk of bytes) {
    rest = Buffer.concat([rest, chunk]);
    while (!isOver && rest.length > 0) {
      if (dataLeft > 0) {
        const data = rest.subarray(0, dataLeft);
        yield data;
        dataLeft -= data.length;
        rest = rest.subarray(data.length);
        continue;
      }
      const lineEnd = rest.indexOf("\r\n");
      if (lineEnd === -1 && rest.length < MAX_LINE_BYTES) break;
      const line = lineEnd === -1 ? "" : rest.toString("latin1", 0, lineEnd);
      rest = rest.subarray(lineEnd + 2);
      // The data's own end.
      if (line === "" && lineEnd === 0) continue;
      dataLeft = Number.parseInt(line, 16);
      if (Number.isNaN(dataLeft)) throw incomplete();
      isOver = dataLeft === 0;
    }
  }
  if (!isOver) throw incomplete();
  Object.assign(trailers, parseTrailers(rest.toString("utf8")));
}

function incomplete(): S3Error {
  return new S3Error("IncompleteBody", "The aws-chunked body ends before its last chunk.");
}

function parseTrailers(text: string): Record<string, string> {
  const pairs = text.split("\r\n").flatMap((line) => {
    const colon = line.indexOf(":");
    return colon === -1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
  });
  return Object.fromEntries(pairs);
}
