/** A request and an answer as S3's operations see them, free of HTTP's machinery. */
import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { ServiceError } from "../../http/errors.ts";
import { element, optional, type Xml, xmlDocument } from "../../http/xml.ts";
import type { Caller } from "../../iam/index.ts";
import type { Bodies } from "./body.ts";
import { S3Error, statusOf } from "./errors.ts";
import type { BucketEvent } from "./events.ts";
import type { BucketStore } from "./store.ts";

export interface S3Request {
  bucket: string;
  key: string;
  query: URLSearchParams;
  /** Lower case names. */
  headers: Record<string, string>;
  accessKeyId: string;
  /** Undefined: may do everything. */
  caller?: Caller | undefined;
  requestId: string;
  body(): Promise<Buffer>;
  /** The body as it comes. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface S3Response {
  status: number;
  headers?: Record<string, string>;
  /** A string is XML. */
  body?: string | Content;
}

/** Bytes of an object, which are opened by whoever passes them on. */
export interface Content {
  /** @throws S3Error when the object was deleted meanwhile */
  open(): Promise<Readable>;
}

export interface S3Context {
  region: string;
  accountId: string;
  store: BucketStore;
  bodies: Bodies;
  notify(event: BucketEvent): Promise<void>;
}

export type Operation = (request: S3Request, context: S3Context) => S3Response | Promise<S3Response>;

export function newRequestId(): string {
  return randomBytes(8).toString("hex").toUpperCase();
}

export function xmlAnswer(root: Xml, headers: Record<string, string> = {}): S3Response {
  return { status: 200, headers, body: xmlDocument(root, "http://s3.amazonaws.com/doc/2006-03-01/") };
}

export function errorAnswer(
  error: ServiceError,
  { bucket, key }: Pick<S3Request, "bucket" | "key">,
  requestId: string,
): S3Response & { body: string } {
  const { code, message, details } = error;
  const root = element(
    "Error",
    element("Code", code),
    element("Message", message),
    ...Object.entries(details).map(([name, text]) => element(name, text)),
    optional("BucketName", bucket || undefined),
    optional("Key", key || undefined),
    element("RequestId", requestId),
  );
  const headers = error instanceof S3Error ? error.headers : {};
  return { status: statusOf(error), headers, body: xmlDocument(root) };
}
