/** What other parts of the engine do with objects: no signature, no HTTP, and the same operations. */

import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Caller } from "../../iam/index.ts";
import { addressOf } from "./address.ts";
import { S3Error } from "./errors.ts";
import { errorAnswer, newRequestId, type S3Context, type S3Request, type S3Response } from "./exchange.ts";
import { storedHeaders } from "./headers.ts";
import { getObject, putObject } from "./objects.ts";
import { etagOf } from "./payload.ts";
import { objectArn } from "./permissions.ts";
import { current } from "./store.ts";

export interface DirectRead {
  bucket: string;
  /** The key, percent-encoded. */
  path: string;
  headers: Record<string, string>;
  caller: Caller;
}

export interface DirectWrite {
  bucket: string;
  key: string;
  body: Buffer;
  headers: Record<string, string>;
}

/** A GET; errors are answers too. */
export async function readObject(
  { bucket, path, headers, caller }: DirectRead,
  context: S3Context,
): Promise<S3Response> {
  const { key, malformed } = addressOf({
    method: "GET",
    path: `/${bucket}/${path}`,
    query: new URLSearchParams(),
    headers: {},
  });
  const request = { ...requestFor(bucket, key, headers), caller };
  try {
    if (malformed) throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
    const refusal = caller.refusalOf({ action: "s3:GetObject", resource: objectArn(bucket, key) });
    if (refusal !== undefined) throw new S3Error("AccessDenied", refusal);
    return await getObject(request, context);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return errorAnswer(error, request, request.requestId);
  }
}

/** Writes what is not there just so, and whoever is to be told of new objects is told. @throws S3Error */
export async function writeObject(
  { bucket, key, body, headers }: DirectWrite,
  context: S3Context,
): Promise<{ etag: string; versionId: string | undefined }> {
  const request = requestFor(bucket, key, headers, body);
  const kept = current(context.store.get(bucket), key);
  const etag = etagOf(createHash("md5").update(body).digest());
  if (kept?.etag === etag && isDeepStrictEqual(kept.headers, storedHeaders(request))) return kept;
  const written = await putObject(request, context);
  return { etag: written.headers?.etag ?? "", versionId: written.headers?.["x-amz-version-id"] };
}

function requestFor(
  bucket: string,
  key: string,
  headers: Record<string, string>,
  body: Buffer = Buffer.alloc(0),
): S3Request {
  return {
    bucket,
    key,
    query: new URLSearchParams(),
    headers,
    accessKeyId: "engine",
    requestId: newRequestId(),
    body: async () => body,
    chunks: async function* () {
      yield body;
    },
  };
}
