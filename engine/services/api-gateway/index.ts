/** API Gateway on this machine: one HTTP API on a port of its own, in front of the engine's functions. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { type Listening, listen } from "../../http/listen.ts";
import { Api, type Authorizer, type Integration, type Route, type Stage } from "./api.ts";
import type { CorsSettings } from "./cors.ts";
import { parseRouteKey } from "./routes.ts";
import { type Surroundings, serve } from "./serve.ts";

export type { VerifyToken } from "./authorize.ts";

export interface GatewayOptions extends Surroundings {
  host: string;
  /** 0: any free port. */
  port: number;
}

export interface Gateway {
  /** Base URL of the API; undefined as long as there is none. */
  readonly url: string | undefined;
  /** The same for the API with that id. */
  urlOf(apiId: string): string | undefined;
  /** Opens the port. There can be one API. @throws PortTakenError, or an Error for a second API. */
  createApi(settings: {
    name: string;
    cors?: CorsSettings | undefined;
  }): Promise<{ id: string; url: string }>;
  createAuthorizer(apiId: string, authorizer: Authorizer): string;
  createIntegration(apiId: string, integration: Integration): string;
  /** @throws RouteKeyError */
  createRoute(apiId: string, routeKey: string, route: Omit<Route, "key">): string;
  /** Puts the API into service. */
  createStage(apiId: string, stage: Stage): void;
  stop(): Promise<void>;
}

export function createGateway({ host, port, ...around }: GatewayOptions): Gateway {
  let api: Api | undefined;
  let listening: Listening | undefined;
  // API Gateway's own limit for all headers together; Node answers 431 to more.
  const server = createServer({ maxHeaderSize: 10_240 }, (request, response) => {
    serve(request, response, api, around).catch(() => response.destroy());
  });
  // A slow upload is no attack on this machine, and a client's idle connection is worth keeping.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  const find = (apiId: string) => {
    if (api?.id !== apiId) throw new Error(`There is no API ${apiId}.`);
    return api;
  };
  return {
    get url() {
      return listening?.url;
    },
    urlOf: (apiId) => (api?.id === apiId ? listening?.url : undefined),
    async createApi({ name, cors }) {
      if (api) throw new Error(`This engine has one API, ${api.name}; ${name} would be a second one.`);
      api = new Api({ id: idFor(name), name, cors });
      listening = await listen(server, { host, port });
      return { id: api.id, url: listening.url };
    },
    createAuthorizer(apiId, authorizer) {
      const { authorizers } = find(apiId);
      const id = idFor(`authorizer ${authorizers.size}`).slice(0, 6);
      authorizers.set(id, authorizer);
      return id;
    },
    createIntegration(apiId, integration) {
      const { integrations } = find(apiId);
      const id = idFor(`integration ${integrations.size}`).slice(0, 7);
      integrations.set(id, integration);
      return id;
    },
    createRoute(apiId, routeKey, route) {
      find(apiId).routes.push({ ...route, key: parseRouteKey(routeKey) });
      return idFor(`route ${routeKey}`).slice(0, 7);
    },
    createStage(apiId, stage) {
      find(apiId).stage = stage;
    },
    async stop() {
      await listening?.close();
    },
  };
}

/** Ids are the same each time, as names are. */
function idFor(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 10);
}
