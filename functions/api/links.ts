/**
 * Addresses that work without signing in, for a while. They carry the rights of the function that signs them, and end with its
 * credentials at the latest: what is to work for days is a link of the API's own (`api-view/shared-links.ts`).
 */
import {
  GetObjectCommand,
  PutObjectCommand,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { s3 } from "../shared/storage.ts";

export const LINK_SECONDS = 15 * 60;

/** When a link that is made now stops working. */
export function linkExpiry(): string {
  return new Date(Date.now() + LINK_SECONDS * 1000).toISOString();
}

/** An address that browsers show. */
export function linkTo(bucket: string, key: string, expiresIn = LINK_SECONDS): Promise<string> {
  return getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn });
}

/** An address that browsers save under a name. @param contentType in place of the one that was stored. */
export function downloadLinkTo(
  bucket: string,
  key: string,
  fileName: string,
  contentType?: string,
): Promise<string> {
  const get = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ResponseContentDisposition: attachment(fileName),
    ...(contentType !== undefined && { ResponseContentType: contentType }),
  });
  return getSignedUrl(s3, get, { expiresIn: LINK_SECONDS });
}

/**
 * An address that takes one PUT of exactly this size, type and metadata (headers `x-amz-meta-…`). S3 takes it again and again for as long as
 * the address is good, each time as a version more: start-execution holds each of those against the quota. (`If-None-Match` would refuse
 * them here, and whoever sends with `Content-Type` alone as well.)
 */
export function uploadLink(
  bucket: string,
  key: string,
  { contentType, bytes, metadata }: { contentType: string; bytes: number; metadata: Record<string, string> },
): Promise<string> {
  const put = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    ContentType: contentType,
    ContentLength: bytes,
    Metadata: metadata,
  });
  return signed(put, [...Object.keys(uploadHeaders(contentType, metadata)), "content-length"]);
}

/** The address of one request to S3. @param headers that it has to have, as the command says. */
export function signed<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: Parameters<typeof getSignedUrl<ServiceInputTypes, Input, Output>>[1],
  headers: string[],
): Promise<string> {
  return getSignedUrl(s3, command, {
    expiresIn: LINK_SECONDS,
    signableHeaders: new Set(["host", ...headers]),
    // Those of its own are not moved into the address, but wanted as they are.
    unhoistableHeaders: new Set(headers.filter((name) => name.startsWith("x-amz-"))),
  });
}

/** The headers that such an address wants. */
export function uploadHeaders(contentType: string, metadata: Record<string, string>): Record<string, string> {
  const said = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  return { "content-type": contentType, ...Object.fromEntries(said) };
}

/** Any Unicode, as RFC 6266 and RFC 5987 write it in a header. */
function attachment(name: string): string {
  const fileName = name.toWellFormed();
  const ascii = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
