/** Uploads in parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import { createHash, randomBytes } from "node:crypto";
import { element, optional } from "../../http/xml.ts";
import { joined, type Range } from "./body.ts";
import {
  type Algorithm,
  algorithmNamed,
  assertSame,
  type Checksum,
  checksumElement,
  checksumHeaders,
  checksumIn,
  checksumOf,
  compositeOf,
  Digesting,
} from "./checksums.ts";
import { readSource, sourceHeaders } from "./copies.ts";
import { S3Error } from "./errors.ts";
import { eventOf } from "./events.ts";
import { type Operation, type S3Request, type S3Response, xmlAnswer } from "./exchange.ts";
import { storedHeaders, versionHeaders } from "./headers.ts";
import { opened } from "./objects.ts";
import { chosenParts } from "./parts.ts";
import { etagOf, Payload } from "./payload.ts";
import { checkWrite } from "./preconditions.ts";
import { type Bucket, type BucketStore, type ObjectVersion, type Part, put, type Upload } from "./store.ts";

const MAX_PART_NUMBER = 10_000;

export const createMultipartUpload: Operation = (request, { store }) => {
  store.get(request.bucket);
  const { bucket, key, headers } = request;
  const id = randomBytes(48).toString("base64url");
  const algorithm = algorithmNamed(headers["x-amz-checksum-algorithm"]);
  const checksumType = checksumTypeOf(algorithm, headers["x-amz-checksum-type"]);
  store.uploads.set(id, {
    bucket,
    key,
    headers: storedHeaders(request),
    algorithm,
    checksumType,
    parts: new Map(),
  });
  const result = element(
    "InitiateMultipartUploadResult",
    element("Bucket", bucket),
    element("Key", key),
    element("UploadId", id),
  );
  return xmlAnswer(
    result,
    algorithm && {
      "x-amz-checksum-algorithm": algorithm.toUpperCase(),
      "x-amz-checksum-type": checksumType,
    },
  );
};

export const uploadPart: Operation = async (request, { store, bodies }) => {
  openUpload(request, store);
  const payload = new Payload(request);
  const body = await bodies.keep(payload);
  const { etag, checksum } = payload.facts;
  await keepPart(request, store, { body, ...payload.facts });
  return { status: 200, headers: { etag, ...partHeaders(checksum) } };
};

export const uploadPartCopy: Operation = async (request, { store, bodies }) => {
  openUpload(request, store);
  const source = readSource(request, store);
  const range = copiedRange(request, source.object.body.size);
  const bytes = new Digesting(await opened(source.object, range), ["md5"]);
  const body = await bodies.keep(bytes);
  const etag = etagOf(await bytes.digest("md5"));
  const part = await keepPart(request, store, { body, etag });
  const result = element(
    "CopyPartResult",
    element("ETag", etag),
    element("LastModified", new Date().toISOString()),
    checksumElement(part.checksum),
  );
  return xmlAnswer(result, sourceHeaders(source));
};

export const completeMultipartUpload: Operation = async (request, context) => {
  const { store } = context;
  const xml = (await request.body()).toString("utf8");
  const upload = findUpload(request, store);
  const bucket = store.get(upload.bucket);
  const answered = () =>
    upload.completed?.request === xml ? completed(upload.completed.version, bucket, request) : undefined;
  const before = answered();
  if (before) return before;
  const parts = chosenParts(openUpload(request, store), xml);
  const whole = wholeChecksum(upload, parts);
  const bytes = new Digesting(joined(parts.map((part) => part.body)), [whole.algorithm]);
  const body = await context.bodies.keep(bytes).catch((error: unknown) => {
    // The parts go with an upload that ends meanwhile.
    if (store.uploads.get(uploadId(request)) === upload && !upload.completed) throw error;
    return undefined;
  });
  const checksum = body && (await whole.checksum(bytes));
  // From here to the write nothing is awaited, so that an upload becomes one object.
  const meanwhile = answered();
  if (!body || meanwhile) {
    body?.remove();
    if (meanwhile) return meanwhile;
    throw noSuchUpload();
  }
  body.keepIf(() => {
    openUpload(request, store);
    assertSize(request, body.size);
    const claimed = checksumIn(request.headers);
    if (claimed && checksum) assertSame(claimed, checksum);
    checkWrite(request, bucket);
  });
  const digests = parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ""), "hex"));
  const md5 = createHash("md5").update(Buffer.concat(digests)).digest();
  const version = put(bucket, upload.key, {
    body,
    etag: etagOf(md5, `-${parts.length}`),
    headers: upload.headers,
    parts: parts.map((part) => part.body.size),
    ...(checksum && { checksum }),
  });
  upload.completed = { request: xml, version };
  removeParts(upload);
  await context.notify(eventOf("ObjectCreated:CompleteMultipartUpload", bucket, version, request));
  return completed(version, bucket, request);
};

export const abortMultipartUpload: Operation = (request, { store }) => {
  removeParts(openUpload(request, store));
  store.uploads.delete(uploadId(request));
  return { status: 204 };
};

function removeParts({ parts }: Upload): void {
  for (const { body } of parts.values()) body.remove();
  parts.clear();
}

function completed(version: ObjectVersion, bucket: Bucket, { headers }: S3Request): S3Response {
  const { key, etag, checksum } = version;
  const result = element(
    "CompleteMultipartUploadResult",
    element("Location", `http://${headers.host ?? "localhost"}/${bucket.name}/${encodeURIComponent(key)}`),
    element("Bucket", bucket.name),
    element("Key", key),
    element("ETag", etag),
    checksumElement(checksum),
    optional("ChecksumType", checksum?.type),
  );
  return xmlAnswer(result, versionHeaders(bucket, version));
}

function uploadId({ query }: S3Request): string {
  return query.get("uploadId") ?? "";
}

function findUpload(request: S3Request, { uploads }: BucketStore): Upload {
  const upload = uploads.get(uploadId(request));
  if (upload?.bucket === request.bucket && upload.key === request.key) return upload;
  throw noSuchUpload();
}

/** @throws S3Error for one that has ended, or never began. */
export function openUpload(request: S3Request, store: BucketStore): Upload {
  const upload = findUpload(request, store);
  if (upload.completed) throw noSuchUpload();
  return upload;
}

function noSuchUpload(): S3Error {
  return new S3Error(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
  );
}

async function keepPart(request: S3Request, store: BucketStore, sent: Omit<Part, "at">): Promise<Part> {
  const { body } = sent;
  const number = Number(request.query.get("partNumber"));
  const { algorithm } = body.keepIf(() => {
    assertPartNumber(number);
    const upload = openUpload(request, store);
    assertAlgorithm(upload, sent.checksum);
    return upload;
  });
  const checksum = sent.checksum ?? (algorithm && (await checksumOf(algorithm, await body.open())));
  const part = { ...sent, at: new Date(), ...(checksum && { checksum }) };
  const { parts } = body.keepIf(() => openUpload(request, store));
  parts.get(number)?.body.remove();
  parts.set(number, part);
  return part;
}

function assertPartNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PART_NUMBER) return;
  const message = `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`;
  throw new S3Error("InvalidArgument", message);
}

function assertAlgorithm({ algorithm }: Upload, sent: Checksum | undefined): void {
  if (!algorithm || !sent || sent.algorithm === algorithm) return;
  const message = `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: ${sent.algorithm}`;
  throw new S3Error("InvalidRequest", message);
}

function partHeaders(checksum: Checksum | undefined): Record<string, string> {
  const { "x-amz-checksum-type": _, ...headers } = checksumHeaders(checksum);
  return headers;
}

/** Unlike that of a read, it has both ends, and must be within the object. */
function copiedRange({ headers }: S3Request, size: number): Range | undefined {
  const asked = headers["x-amz-copy-source-range"];
  if (asked === undefined) return undefined;
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(asked) ?? [];
  const range = { start: Number(start), end: Number(end) };
  if (range.start <= range.end && range.end < size) return range;
  throw new S3Error("InvalidArgument", `The copy source range ${asked} is not within the object.`);
}

/** Which kinds there are: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumTypeOf(algorithm: Algorithm | undefined, asked: string | undefined): Checksum["type"] {
  const usual = algorithm === "crc64nvme" || algorithm === undefined ? "FULL_OBJECT" : "COMPOSITE";
  if (asked === undefined || asked === usual) return usual;
  if (asked === "FULL_OBJECT" && algorithm?.startsWith("crc")) return "FULL_OBJECT";
  const message =
    algorithm === undefined
      ? "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
      : `The ${asked} checksum type cannot be used with the ${algorithm} checksum algorithm.`;
  throw new S3Error("InvalidRequest", message);
}

/** What the object is checked with, and which digest of its bytes that needs. */
function wholeChecksum(
  { algorithm, checksumType }: Upload,
  parts: Part[],
): { algorithm?: Algorithm; checksum(bytes: Digesting): Promise<Checksum | undefined> } {
  if (algorithm === undefined) return { checksum: async () => undefined };
  if (checksumType === "FULL_OBJECT") return { algorithm, checksum: (bytes) => bytes.checksum(algorithm) };
  const ofParts = parts.flatMap(({ checksum }) => checksum ?? []);
  return { checksum: () => compositeOf(algorithm, ofParts) };
}

function assertSize({ headers }: S3Request, size: number): void {
  const claimed = headers["x-amz-mp-object-size"];
  if (claimed === undefined || Number(claimed) === size) return;
  const message = "The provided 'x-amz-mp-object-size' header does not match what was computed.";
  throw new S3Error("InvalidRequest", message);
}
