/** An error as S3 answers it, in XML. */
import type { S3Address } from "./address.ts";
import type { S3Error } from "./errors.ts";
import type { S3Response } from "./exchange.ts";
import { element, optional, xmlDocument } from "./xml.ts";

export function errorAnswer(
  error: S3Error,
  { bucket, key }: Pick<S3Address, "bucket" | "key">,
  requestId: string,
): S3Response {
  const result = element(
    "Error",
    element("Code", error.code),
    element("Message", error.message),
    ...Object.entries(error.details).map(([name, text]) => element(name, text)),
    optional("BucketName", bucket || undefined),
    optional("Key", key || undefined),
    element("RequestId", requestId),
  );
  // Errors have no namespace, unlike every other answer.
  return {
    status: error.status,
    headers: error.headers,
    body: xmlDocument(result).replace(/ xmlns="[^"]*"/, ""),
  };
}
