/** A request and an answer as S3's operations see them, free of HTTP's machinery. */
import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { Caller } from "../../iam/index.ts";
import type { MultipartUploads } from "./multipart.ts";
import type { BucketEvent } from "./notifications.ts";
import type { BucketStore } from "./store.ts";

export interface S3Request {
  bucket: string;
  key: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  accessKeyId: string;
  /** Undefined: may do everything. */
  caller?: Caller | undefined;
  requestId: string;
  body(): Promise<Buffer>;
}

export interface S3Response {
  status: number;
  headers?: Record<string, string>;
  /** A string is XML. */
  body?: string | Buffer;
}

export interface S3Context {
  region: string;
  store: BucketStore;
  uploads: MultipartUploads;
  notify(event: BucketEvent): Promise<void>;
  sendToQueue(queueArn: string, body: string): Promise<unknown>;
  mayNotify(bucketArn: string, queueArn: string): boolean;
}

export { header } from "../../http/call.ts";

export type Operation = (request: S3Request, context: S3Context) => S3Response | Promise<S3Response>;

export function newRequestId(): string {
  return randomBytes(8).toString("hex").toUpperCase();
}
