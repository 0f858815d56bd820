/** API Gateway on this machine: one HTTP API on a port of its own, in front of the engine's functions. */
import { createHash } from "node:crypto";
import type { EngineContext } from "../../context.ts";
import { type ServerToStart, serverToStart } from "../../http/server.ts";
import type { Service } from "../../http/service.ts";
import { StackError } from "../../stack-error.ts";
import type { Invoke } from "../lambda/index.ts";
import { Api } from "./api.ts";
import type { VerifyToken } from "./authorize.ts";
import { apiResources, type HttpApis } from "./resources.ts";
import { parseRouteKey } from "./routes.ts";
import { type GatewayDependencies, serve } from "./serve.ts";

export interface ApiGateway extends Omit<Service, keyof ServerToStart>, ServerToStart {
  /** Base URL of the API with that id. */
  urlOf(apiId: string): string | undefined;
}

export interface ApiGatewayOptions {
  /** 0: any free port. */
  port: number;
  invoke: Invoke;
  verifyToken: VerifyToken;
}

const API_HOST = /^\w+\.execute-api\.[a-z0-9-]+\.amazonaws\.com$/;
/** API Gateway's own limit for all headers together. */
const MAX_HEADER_BYTES = 10_240;

export function createApiGateway(context: EngineContext, options: ApiGatewayOptions): ApiGateway {
  const { region, accountId, host, permissions, events, origins } = context;
  let api: Api | undefined;
  const dependencies: GatewayDependencies = {
    accountId,
    verifyToken: options.verifyToken,
    invoke: (functionArn, event, route) => {
      const source = `arn:aws:execute-api:${region}:${accountId}:${route}`;
      return options.invoke(functionArn, event, permissions.service("apigateway.amazonaws.com", source));
    },
    onAccess: ({ apiName, ...line }) =>
      events.emit("log", { ...line, functionName: apiName, stream: "stdout", at: new Date() }),
  };
  const server = serverToStart(
    "aws_apigatewayv2_api",
    {
      handle: (request, response) => serve(request, response, api, dependencies),
      origins,
      maxHeaderBytes: MAX_HEADER_BYTES,
      tooManyHeaders: { message: "Request Header Fields Too Large" },
    },
    { host, port: options.port },
  );
  const find = (apiId: string) => {
    if (api?.id !== apiId) throw new StackError(`There is no API ${apiId}.`);
    return api;
  };
  const apis: HttpApis = {
    createApi({ name, cors }) {
      if (api) throw new StackError(`This engine has one API, ${api.name}; ${name} would be a second one.`);
      api = new Api({ id: idFor(name), name, cors });
      return { id: api.id, url: server.url };
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
      return server.url;
    },
  };
  return {
    apis: [],
    resources: apiResources(apis),
    get url() {
      return server.url;
    },
    urlOf: (apiId) => (api?.id === apiId ? server.url : undefined),
    localUrl: (host) => (API_HOST.test(host) ? server.url : undefined),
    start: server.start,
    stop: server.stop,
  };
}

/** Ids are the same each time, as names are. */
function idFor(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 10);
}
