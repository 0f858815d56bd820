/** An HTTP API as it is configured: what the gateway knows of it when a request comes. */
import type { CorsSettings } from "./cors.ts";
import type { RouteKey } from "./routes.ts";
import { type Throttle, TokenBucket } from "./throttle.ts";

export interface Authorizer {
  /** The header that the token is in, lower case. */
  header: string;
  issuer: string;
  audience: string[];
}

export interface Integration {
  functionArn: string;
  timeoutMs: number;
}

export interface Route {
  key: RouteKey;
  integrationId: string;
  /** Nobody has to sign in for a route without one. */
  authorizerId?: string;
}

export interface Stage {
  accessLog?: { format: string; logGroup: string };
  /** For each route by itself; unlimited without. */
  throttle?: Throttle;
}

export class Api {
  readonly id: string;
  readonly name: string;
  readonly cors: CorsSettings | undefined;
  readonly authorizers = new Map<string, Authorizer>();
  readonly integrations = new Map<string, Integration>();
  readonly routes: Route[] = [];
  /** Nothing is served before there is one. */
  stage: Stage | undefined;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor({ id, name, cors }: { id: string; name: string; cors?: CorsSettings | undefined }) {
    this.id = id;
    this.name = name;
    this.cors = cors;
  }

  /** Whether one more request of that route is within the stage's limits. */
  admits(routeKey: string): boolean {
    const throttle = this.stage?.throttle;
    if (!throttle) return true;
    const bucket = this.#buckets.get(routeKey) ?? new TokenBucket(throttle);
    this.#buckets.set(routeKey, bucket);
    return bucket.take();
  }
}
