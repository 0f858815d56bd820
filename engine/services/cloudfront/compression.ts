/** What is sent in fewer bytes than it has: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Answer } from "./exchange.ts";

/** In the order in which CloudFront prefers them. */
const ENCODINGS = ["br", "gzip"] as const;
export type Encoding = (typeof ENCODINGS)[number];

const SMALLEST_BYTES = 1000;
const LARGEST_BYTES = 10_000_000;

/** CloudFront's own list; a type that is not on it, such as application/manifest+json, is sent as it is. */
const COMPRESSIBLE_TYPES = new Set([
  ...typesOf(
    "application",
    "dash+xml eot font font-sfnt javascript json opentype otf pdf pkcs7-mime protobuf",
  ),
  ...typesOf(
    "application",
    "rss+xml truetype ttf vnd.apple.mpegurl vnd.mapbox-vector-tile vnd.ms-fontobject",
  ),
  ...typesOf("application", "wasm xhtml+xml xml x-font-opentype x-font-truetype x-font-ttf x-httpd-cgi"),
  ...typesOf("application", "x-javascript x-mpegurl x-opentype x-otf x-perl x-ttf"),
  ...typesOf("font", "eot opentype otf ttf"),
  ...typesOf("image", "svg+xml"),
  ...typesOf("text", "css csv html javascript js plain richtext tab-separated-values xml"),
  ...typesOf("text", "x-component x-java-source x-script"),
]);

function typesOf(kind: string, names: string): string[] {
  return names.split(" ").map((name) => `${kind}/${name}`);
}

/** Whether this answer of an origin is sent compressed to those who take it so. */
export function isCompressible({ status, headers }: Pick<Answer, "status" | "headers">): boolean {
  const bytes = Number(headers["content-length"]);
  return (
    status === 200 &&
    headers["content-encoding"] === undefined &&
    COMPRESSIBLE_TYPES.has(typeIn(headers["content-type"])) &&
    bytes >= SMALLEST_BYTES &&
    bytes <= LARGEST_BYTES
  );
}

/** Without its parameters. */
function typeIn(contentType: string | string[] | undefined): string {
  return (
    String(contentType ?? "")
      .split(";")[0]
      ?.trim()
      .toLowerCase() ?? ""
  );
}

/** The best encoding that a viewer takes, if any. */
export function acceptedEncoding(acceptEncoding: string[] = []): Encoding | undefined {
  const offers = acceptEncoding.flatMap((value) => value.toLowerCase().split(","));
  const taken = offers.flatMap((offer) => {
    const [name = "", ...parameters] = offer.split(";").map((part) => part.trim());
    return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [name];
  });
  return ENCODINGS.find((encoding) => taken.includes(encoding));
}

/** Compresses each version of an object once. */
export class Compressor {
  readonly #kept = new Map<string, { etag: string; bytes: Promise<Buffer> }>();

  /** `name` is the same for all versions of an object, and `etag` for one. */
  compress(
    body: Buffer,
    encoding: Encoding,
    { name, etag }: { name: string; etag: string },
  ): Promise<Buffer> {
    const key = `${encoding} ${name}`;
    const kept = this.#kept.get(key);
    if (kept?.etag === etag) return kept.bytes;
    const bytes = encode[encoding](body);
    this.#kept.set(key, { etag, bytes });
    return bytes;
  }
}

const brotli = promisify(brotliCompress);
const encode: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  // The highest quality takes seconds for what the middle one does in milliseconds.
  br: (body) => brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (body) => promisify(gzip)(body),
};
