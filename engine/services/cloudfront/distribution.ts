/** A distribution as it is configured: what the CDN knows of it when a request comes. */
import type { EdgeFunction } from "./functions.ts";
import { matches, normalized } from "./paths.ts";
import type { ResponseHeadersPolicy } from "./response-headers.ts";
import type { Signers } from "./signed-urls.ts";

/** Where answers come from. */
export type Origin = { kind: "bucket"; bucket: string } | { kind: "api"; url: string };

export interface Behaviour {
  /** `*` for the default one. */
  pathPattern: string;
  origin: Origin;
  allowedMethods: string[];
  compresses: boolean;
  /** Runs before anything is asked of the origin. */
  viewerRequest?: EdgeFunction;
  responseHeaders?: ResponseHeadersPolicy;
  /** Whose signature an address needs. */
  signers?: Signers;
  /** Of the viewer's, what reaches an API that answers are kept of; undefined where all do. */
  forwardedHeaders?: string[];
}

export interface Distribution {
  id: string;
  arn: string;
  domainName: string;
  /** Names of its own besides. */
  aliases: string[];
  /** The key of what `/` stands for. */
  defaultRootObject: string;
  /** In order; the default one, which takes everything, is the last. */
  behaviours: Behaviour[];
}

/** The first behaviour whose pattern fits, in which a leading slash says nothing. A function that changes the path later does not change the behaviour. */
export function behaviourFor({ behaviours }: Distribution, uri: string): Behaviour | undefined {
  const path = normalized(uri);
  return behaviours.find(({ pathPattern }) => matches(`/${pathPattern.replace(/^\//, "")}`, path));
}
