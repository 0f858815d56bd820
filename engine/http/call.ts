/** A request at the endpoint as services see it, read and parsed once, and what goes back. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Caller } from "../iam/index.ts";

export interface Call {
  method: string;
  /** As it was sent: percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Undefined for requests that nobody signed. */
  accessKeyId: string | undefined;
  /** Whose call it is; undefined for the account's administrator, who may do everything. */
  caller: Caller | undefined;
  /** The whole request body; read once, every call gives the same buffer. */
  body(): Promise<Buffer>;
  /** The request body as it comes, for one who reads it once. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface Answer {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer | Readable | undefined;
}

export function callOf(request: IncomingMessage): Call {
  // Proxies name the server too.
  const { path, query } = splitUrl(request.url?.replace(/^https?:\/\/[^/?]*/i, ""));
  let body: Promise<Buffer> | undefined;
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    headers: request.headers,
    accessKeyId: undefined,
    caller: undefined,
    body: () => {
      body ??= readBody(request);
      return body;
    },
    async *chunks() {
      if (body) yield await body;
      // The connection is needed for the answer, though nobody reads on.
      else yield* request.iterator({ destroyOnReturn: false });
    },
  };
}

/** Both as they were sent, percent-encoded; the query without its question mark. */
export function splitUrl(url = "/"): { path: string; query: string } {
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(url) ?? [];
  return { path, query };
}

/** Undefined for what cannot be decoded. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A header's value, where HTTP allows several as one. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

export async function textOf(call: Call): Promise<string> {
  return (await call.body()).toString("utf8");
}

/** Reads into one buffer of the announced length, so that a large upload is in memory once. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? Number.NaN);
  if (!Number.isSafeInteger(announced)) return buffer(request);
  const whole = Buffer.allocUnsafeSlow(announced);
  let length = 0;
  for await (const chunk of request) length += (chunk as Buffer).copy(whole, length);
  return whole;
}
