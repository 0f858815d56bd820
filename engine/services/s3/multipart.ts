/** Uploads in parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import { createHash, randomBytes } from "node:crypto";
import { S3Error } from "./errors.ts";
import { header, type Operation, type S3Request } from "./exchange.ts";
import { copySource, eventOf, storedHeaders, versionHeader } from "./objects.ts";
import { readPayload } from "./payload.ts";
import { checkWrite } from "./preconditions.ts";
import { compareUtf8, put } from "./store.ts";
import { element, group, innerOfEach, textOf, xmlDocument } from "./xml.ts";

interface Part {
  body: Buffer;
  etag: string;
  lastModified: Date;
}

interface Upload {
  id: string;
  bucket: string;
  key: string;
  headers: Record<string, string>;
  started: Date;
  parts: Map<number, Part>;
}

/** Uploads that are neither completed nor aborted, by their id. */
export type MultipartUploads = Map<string, Upload>;

const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PART_NUMBER = 10_000;

export const createMultipartUpload: Operation = (request, { store, uploads }) => {
  store.get(request.bucket);
  const { bucket, key } = request;
  const id = randomBytes(48).toString("base64url");
  uploads.set(id, {
    id,
    bucket,
    key,
    headers: storedHeaders(request),
    started: new Date(),
    parts: new Map(),
  });
  const algorithm = header(request.headers, "x-amz-checksum-algorithm");
  return {
    status: 200,
    headers: algorithm === undefined ? {} : { "x-amz-checksum-algorithm": algorithm },
    body: xmlDocument(
      element(
        "InitiateMultipartUploadResult",
        element("Bucket", bucket),
        element("Key", key),
        element("UploadId", id),
      ),
    ),
  };
};

export const uploadPart: Operation = async (request, { uploads }) => {
  const upload = uploadOf(request, uploads);
  const { body, checksum } = await readPayload(request);
  const part = keepPart(upload, request, body);
  const headers: Record<string, string> = { etag: part.etag };
  if (checksum) headers[`x-amz-checksum-${checksum.algorithm}`] = checksum.value;
  return { status: 200, headers };
};

export const uploadPartCopy: Operation = (request, { uploads, store }) => {
  const upload = uploadOf(request, uploads);
  const { body } = copySource(request, store).object;
  const range = /^bytes=(\d+)-(\d+)$/.exec(header(request.headers, "x-amz-copy-source-range") ?? "bytes=0-");
  const end = range ? Number(range[2]) + 1 : body.length;
  if (end > body.length)
    throw new S3Error("InvalidArgument", "The copy source range is beyond the object's end.");
  const part = keepPart(upload, request, body.subarray(Number(range?.[1] ?? 0), end));
  return {
    status: 200,
    body: xmlDocument(
      element(
        "CopyPartResult",
        element("ETag", part.etag),
        element("LastModified", part.lastModified.toISOString()),
      ),
    ),
  };
};

export const completeMultipartUpload: Operation = async (request, context) => {
  const { uploads, store } = context;
  const xml = (await request.body()).toString("utf8");
  const upload = uploadOf(request, uploads);
  const bucket = store.get(upload.bucket);
  checkWrite(request, bucket);
  const parts = chosenParts(upload, xml);
  const digests = parts.map((part) => Buffer.from(part.etag.replaceAll('"', ""), "hex"));
  const etag = `"${createHash("md5").update(Buffer.concat(digests)).digest("hex")}-${parts.length}"`;
  const body = Buffer.concat(parts.map((part) => part.body));
  uploads.delete(upload.id);
  const { key, headers } = upload;
  const version = put(bucket, key, { body, etag, headers, parts: parts.map((part) => part.body.length) });
  await context.notify(eventOf("ObjectCreated:CompleteMultipartUpload", bucket, version, request));
  const host = header(request.headers, "host") ?? "localhost";
  return {
    status: 200,
    headers: { "x-amz-server-side-encryption": "AES256", ...versionHeader(bucket, version) },
    body: xmlDocument(
      element(
        "CompleteMultipartUploadResult",
        element("Location", `http://${host}/${bucket.name}/${encodeURIComponent(key)}`),
        element("Bucket", bucket.name),
        element("Key", key),
        element("ETag", etag),
      ),
    ),
  };
};

export const abortMultipartUpload: Operation = (request, { uploads }) => {
  uploads.delete(uploadOf(request, uploads).id);
  return { status: 204 };
};

export const listParts: Operation = (request, { uploads }) => {
  const upload = uploadOf(request, uploads);
  const parts = [...upload.parts].sort(([a], [b]) => a - b);
  return {
    status: 200,
    body: xmlDocument(
      element(
        "ListPartsResult",
        element("Bucket", upload.bucket),
        element("Key", upload.key),
        element("UploadId", upload.id),
        element("IsTruncated", false),
        ...parts.map(([number, part]) =>
          element(
            "Part",
            element("PartNumber", number),
            element("LastModified", part.lastModified.toISOString()),
            element("ETag", part.etag),
            element("Size", part.body.length),
          ),
        ),
      ),
    ),
  };
};

export const listMultipartUploads: Operation = (request, { store, uploads }) => {
  const bucket = store.get(request.bucket);
  const prefix = request.query.get("prefix") ?? "";
  const open = [...uploads.values()]
    .filter((upload) => upload.bucket === bucket.name && upload.key.startsWith(prefix))
    .sort((a, b) => compareUtf8(a.key, b.key));
  const entries = open.map((upload) =>
    element(
      "Upload",
      element("Key", upload.key),
      element("UploadId", upload.id),
      element("StorageClass", "STANDARD"),
      element("Initiated", upload.started.toISOString()),
    ),
  );
  const result = element(
    "ListMultipartUploadsResult",
    element("Bucket", bucket.name),
    element("Prefix", prefix),
    element("IsTruncated", false),
    group(entries),
  );
  return { status: 200, body: xmlDocument(result) };
};

function uploadOf({ bucket, key, query }: S3Request, uploads: MultipartUploads): Upload {
  const upload = uploads.get(query.get("uploadId") ?? "");
  if (!upload || upload.bucket !== bucket || upload.key !== key) {
    const message =
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    throw new S3Error("NoSuchUpload", message);
  }
  return upload;
}

function keepPart(upload: Upload, request: S3Request, body: Buffer): Part {
  const number = Number(request.query.get("partNumber"));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER)
    throw new S3Error(
      "InvalidArgument",
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`,
    );
  const part = { body, etag: `"${createHash("md5").update(body).digest("hex")}"`, lastModified: new Date() };
  upload.parts.set(number, part);
  return part;
}

/** The parts that the request lists, checked as S3 checks them. */
function chosenParts(upload: Upload, xml: string): Part[] {
  const listed = innerOfEach(xml, "Part").map((part) => ({
    number: Number(textOf(part, "PartNumber")),
    etag: (textOf(part, "ETag") ?? "").replaceAll('"', ""),
  }));
  if (listed.length === 0) throw new S3Error("MalformedXML", "The request lists no parts.");
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0)))
    throw new S3Error("InvalidPartOrder", "The list of parts was not in ascending order.");
  return listed.map(({ number, etag }, index) => {
    const part = upload.parts.get(number);
    if (!part || part.etag !== `"${etag}"`)
      throw new S3Error(
        "InvalidPart",
        `Part ${number} could not be found, or its entity tag does not match.`,
      );
    if (index < listed.length - 1 && part.body.length < MIN_PART_BYTES)
      throw new S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
    return part;
  });
}
