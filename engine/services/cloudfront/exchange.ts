/** A request and an answer as the CDN sees them. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { splitUrl } from "../../http/call.ts";
import { HOP_BY_HOP_HEADERS } from "../../http/headers.ts";

export interface ViewerRequest {
  id: string;
  method: string;
  /** The path as it was sent, percent-encoded. */
  uri: string;
  /** As it was sent, without the question mark. */
  query: string;
  /** By name in lower case; more than one value where a header was sent more than once. */
  headers: Record<string, string[]>;
  ip: string;
  /** What carries the body. */
  message: IncomingMessage;
}

export interface Answer {
  status: number;
  /** By name in lower case. */
  headers: Record<string, string | string[]>;
  body?: Buffer | Readable;
}

export function requestOf(message: IncomingMessage): ViewerRequest {
  const { path: uri, query } = splitUrl(message.url);
  const sent = Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
    HOP_BY_HOP_HEADERS.includes(name) ? [] : [[name, values] as const],
  );
  return {
    id: randomBytes(42).toString("base64"),
    method: message.method ?? "GET",
    uri,
    query,
    headers: Object.fromEntries(sent),
    ip: message.socket.remoteAddress ?? "",
    message,
  };
}

/** What CloudFront says where it has no answer of an origin. */
export function errorPage(status: number, title: string, text: string): Answer {
  const page = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>ERROR: The request could not be satisfied</title></head>
<body><h1>${status} ERROR</h1><h2>${title}</h2><p>${text}</p></body></html>
`;
  return ownAnswer(status, "text/html", page);
}

/** An answer of CloudFront itself. */
export function ownAnswer(status: number, contentType: string, text: string): Answer {
  const body = Buffer.from(text);
  const headers = {
    server: "CloudFront",
    "content-type": contentType,
    "content-length": String(body.length),
  };
  return { status, headers, body };
}

export const UNSATISFIED = "The request could not be satisfied.";
