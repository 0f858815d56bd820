/** What the behaviours of a distribution refer to, and how it is named. */
import { createHash, type KeyObject } from "node:crypto";
import type { EdgeFunction } from "./functions.ts";
import type { ResponseHeadersPolicy } from "./response-headers.ts";
import type { Signers } from "./signed-urls.ts";

export interface CachePolicy {
  /** Whether anything may be kept. */
  caches: boolean;
  /** Those that answers differ by, in lower case: the origin gets these, and no others of the viewer's. */
  headers: string[];
}

/** Functions are known by ARN, the others by id. */
export interface EdgeParts {
  functions: Map<string, EdgeFunction>;
  responseHeadersPolicies: Map<string, ResponseHeadersPolicy>;
  originAccessControls: Set<string>;
  cachePolicies: Map<string, CachePolicy>;
  publicKeys: Map<string, KeyObject>;
  keyGroups: Map<string, Signers>;
}

/** Ids are the same each time, as names are. CloudFront's start with an E. */
export function idFor(name: string): string {
  return `E${hashOf(name, 13).toUpperCase()}`;
}

/** Letters and digits. */
export function hashOf(name: string, length: number): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return BigInt(`0x${digest}`).toString(36).slice(0, length);
}

export function uuidFor(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}
