/** CORS as an HTTP API does it: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html */
import type { IncomingMessage } from "node:http";

export interface CorsSettings {
  /** Exact origins, `*`, or `https://*`. */
  allowOrigins: string[];
  allowMethods: string[];
  allowHeaders: string[];
  exposeHeaders: string[];
  maxAgeSeconds?: number;
}

/** Whether a browser asks if it may send the request that it has in mind. */
export function isPreflight({ method, headers }: Pick<IncomingMessage, "method" | "headers">): boolean {
  return (
    method === "OPTIONS" &&
    headers.origin !== undefined &&
    headers["access-control-request-method"] !== undefined
  );
}

/** None where the origin is not allowed: the browser then keeps the answer from the page. */
export function preflightHeaders(cors: CorsSettings, origin: string): Record<string, string> {
  const shared = sharedHeaders(cors, origin);
  if (!shared) return {};
  return {
    ...shared,
    ...list("access-control-allow-methods", cors.allowMethods),
    ...list("access-control-allow-headers", cors.allowHeaders),
    ...(cors.maxAgeSeconds !== undefined && { "access-control-max-age": String(cors.maxAgeSeconds) }),
  };
}

/** What is added to every answer to a page of another origin. */
export function answerHeaders(cors: CorsSettings, origin: string | undefined): Record<string, string> {
  const shared = origin === undefined ? undefined : sharedHeaders(cors, origin);
  return shared ? { ...shared, ...list("access-control-expose-headers", cors.exposeHeaders) } : {};
}

function sharedHeaders(cors: CorsSettings, origin: string): Record<string, string> | undefined {
  const allowed = cors.allowOrigins.find((pattern) => allows(pattern, origin));
  if (allowed === undefined) return undefined;
  return { "access-control-allow-origin": allowed === "*" ? "*" : origin };
}

function allows(pattern: string, origin: string): boolean {
  if (pattern === "*") return true;
  if (/^https?:\/\/\*$/.test(pattern)) return origin.toLowerCase().startsWith(pattern.slice(0, -1));
  return pattern.toLowerCase() === origin.toLowerCase();
}

function list(name: string, values: string[]): Record<string, string> {
  return values.length === 0 ? {} : { [name]: values.join(",") };
}
