/** The checksums that travel with objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Crc32c, Crc64Nvme } from "@aws-sdk/checksums/crc";
import { optional, textOf, type Xml } from "../../http/xml.ts";
import { S3Error } from "./errors.ts";

const BYTES_OF = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 };

/** As in the header `x-amz-checksum-<algorithm>`. */
export type Algorithm = keyof typeof BYTES_OF;

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

export async function checksumOf(algorithm: Algorithm, bytes: Uint8Array): Promise<Checksum> {
  return { algorithm, value: (await digestOf(algorithm, bytes)).toString("base64"), type: "FULL_OBJECT" };
}

/** The checksum of a whole that is made of parts: that of their checksums. */
export async function compositeOf(algorithm: Algorithm, parts: Checksum[]): Promise<Checksum> {
  const digests = Buffer.concat(parts.map(({ value }) => Buffer.from(value, "base64")));
  const { value } = await checksumOf(algorithm, digests);
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

/** Node has no CRC32C and no CRC64-NVME of its own. */
async function digestOf(algorithm: Algorithm, bytes: Uint8Array): Promise<Buffer> {
  switch (algorithm) {
    case "crc32": {
      const digest = Buffer.alloc(BYTES_OF.crc32);
      digest.writeUInt32BE(crc32(bytes));
      return digest;
    }
    case "crc32c":
    case "crc64nvme": {
      const crc = algorithm === "crc32c" ? new Crc32c() : new Crc64Nvme();
      crc.update(bytes);
      return Buffer.from(await crc.digest());
    }
    default:
      return createHash(algorithm).update(bytes).digest();
  }
}
