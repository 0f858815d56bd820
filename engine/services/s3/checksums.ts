/** The checksums that travel with objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
import { createHash } from "node:crypto";
import { Crc32, Crc32c, Crc64Nvme } from "@aws-sdk/checksums/crc";
import { optional, textOf, type Xml } from "../../http/xml.ts";
import { S3Error } from "./errors.ts";

const BYTES_OF = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 };

/** As in the header `x-amz-checksum-<algorithm>`. */
export type Algorithm = keyof typeof BYTES_OF;

/** `md5` is in ETags. */
export type DigestName = Algorithm | "md5";

export interface Checksum {
  algorithm: Algorithm;
  /** Base64; of a composite one with the number of parts behind it. */
  value: string;
  /** Whether it is of the bytes, or of the checksums of the parts. */
  type: "FULL_OBJECT" | "COMPOSITE";
}

const ALGORITHMS = Object.keys(BYTES_OF).filter(isAlgorithm);

/** Of `CRC32`, `sha256`, …; undefined where nothing is said. @throws S3Error for what S3 has and this engine does not */
export function algorithmNamed(name: string | undefined): Algorithm | undefined {
  const algorithm = name?.toLowerCase();
  if (algorithm === undefined || isAlgorithm(algorithm)) return algorithm;
  throw new S3Error("NotImplemented", `This engine does not have the checksum algorithm ${name}.`);
}

/** Bytes on their way to somewhere; what they come to is known when all have passed. */
export class Digesting implements AsyncIterable<Uint8Array> {
  readonly #bytes: AsyncIterable<Uint8Array>;
  readonly #digesters: Map<DigestName, Digester>;
  readonly #digests = new Map<DigestName, Buffer>();

  /** @param names of digests; those that are undefined are not wanted. */
  constructor(bytes: AsyncIterable<Uint8Array>, names: (DigestName | undefined)[]) {
    this.#bytes = bytes;
    const wanted = names.filter((name) => name !== undefined);
    this.#digesters = new Map(wanted.map((name) => [name, digesterFor(name)]));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#bytes) {
      for (const digester of this.#digesters.values()) digester.update(chunk);
      yield chunk;
    }
  }

  has(name: DigestName): boolean {
    return this.#digesters.has(name);
  }

  /** To be asked after the last byte. */
  async digest(name: DigestName): Promise<Buffer> {
    const digester = this.#digesters.get(name);
    if (!digester) throw new Error(`No ${name} of these bytes was asked for.`);
    // Node's hashes tell it once.
    const digest = this.#digests.get(name) ?? Buffer.from(await digester.digest());
    this.#digests.set(name, digest);
    return digest;
  }

  async checksum(algorithm: Algorithm): Promise<Checksum> {
    return { algorithm, value: (await this.digest(algorithm)).toString("base64"), type: "FULL_OBJECT" };
  }
}

/** Of bytes that go nowhere else. */
export async function checksumOf(algorithm: Algorithm, bytes: AsyncIterable<Uint8Array>): Promise<Checksum> {
  const digesting = new Digesting(bytes, [algorithm]);
  for await (const _ of digesting);
  return digesting.checksum(algorithm);
}

/** The checksum of a whole that is made of parts: that of their checksums. */
export async function compositeOf(algorithm: Algorithm, parts: Checksum[]): Promise<Checksum> {
  const digester = digesterFor(algorithm);
  for (const { value } of parts) digester.update(Buffer.from(value, "base64"));
  const value = Buffer.from(await digester.digest()).toString("base64");
  return { algorithm, value: `${value}-${parts.length}`, type: "COMPOSITE" };
}

/** The checksum that a request's headers or trailers claim. @throws S3Error when it is none, or not the only one */
export function checksumIn(headers: Record<string, string>): Checksum | undefined {
  const claimed = Object.keys(headers).flatMap(
    (name) => /^x-amz-checksum-(?!algorithm$|type$|mode$)(.+)$/.exec(name)?.[1] ?? [],
  );
  if (claimed.length > 1)
    throw new S3Error(
      "InvalidRequest",
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  const algorithm = algorithmNamed(claimed[0]);
  if (algorithm === undefined) return undefined;
  const value = headers[`x-amz-checksum-${algorithm}`] ?? "";
  const [, base64 = "", parts] = /^([A-Za-z0-9+/]+=*)(-\d+)?$/.exec(value) ?? [];
  if (Buffer.from(base64, "base64").length !== BYTES_OF[algorithm])
    throw new S3Error("InvalidRequest", `Value for x-amz-checksum-${algorithm} header is invalid.`);
  return { algorithm, value, type: parts === undefined ? "FULL_OBJECT" : "COMPOSITE" };
}

/** @throws S3Error BadDigest when what was sent has another checksum than was said */
export function assertSame(claimed: Checksum, actual: Checksum): void {
  if (claimed.value === actual.value) return;
  const name = claimed.algorithm.toUpperCase();
  throw new S3Error("BadDigest", `The ${name} you specified did not match the calculated checksum.`);
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, "x-amz-checksum-type": checksum.type };
}

export function checksumElement(checksum: Checksum | undefined): Xml | undefined {
  return checksum && optional(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value);
}

/** What an element of a request says of its checksum. */
export function checksumText(xml: string): string | undefined {
  for (const algorithm of ALGORITHMS) {
    const value = textOf(xml, `Checksum${algorithm.toUpperCase()}`);
    if (value !== undefined) return value;
  }
  return undefined;
}

function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(BYTES_OF, name);
}

interface Digester {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

function digesterFor(name: DigestName): Digester {
  switch (name) {
    case "crc32":
      return new Crc32();
    case "crc32c":
      return new Crc32c();
    case "crc64nvme":
      return new Crc64Nvme();
    default:
      return createHash(name);
  }
}
