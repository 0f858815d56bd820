/** The HTTP API: its routes, who may call them, and the functions behind them. */
import * as z from "zod";
import type { ToLocal } from "../../stack/local-addresses.ts";
import { type Apply, absent, block, blocks, emulated, type ResourceTypes } from "../../stack/resource.ts";
import { StackError } from "../../stack-error.ts";
import type { Authorizer, Integration, Route, Stage } from "./api.ts";
import type { CorsSettings } from "./cors.ts";

/** What the resources make. */
export interface HttpApis {
  /** @throws StackError for a second one. */
  createApi(settings: { name: string; cors: CorsSettings | undefined }): { id: string; url: string };
  createAuthorizer(apiId: string, authorizer: Authorizer): string;
  createIntegration(apiId: string, integration: Integration): string;
  /** @throws StackError for a key that the gateway cannot match. */
  createRoute(apiId: string, routeKey: string, route: Omit<Route, "key">): string;
  /** Puts the API into service. @returns its URL. */
  createStage(apiId: string, stage: Stage): string;
}

export function apiResources(apis: HttpApis): ResourceTypes {
  return {
    aws_apigatewayv2_api: emulated(apiSchema, api(apis)),
    aws_apigatewayv2_authorizer: emulated(
      authorizerSchema,
      ({ api_id, name, identity_sources, jwt_configuration: jwt }) => {
        const header = identity_sources[0].replace("$request.header.", "").toLowerCase();
        return { id: apis.createAuthorizer(api_id, { header, ...jwt }), name };
      },
    ),
    aws_apigatewayv2_integration: emulated(integrationSchema, (settings) => {
      const functionArn = /arn:aws:lambda:[^/]+/.exec(settings.integration_uri)?.[0] ?? "";
      const timeoutMs = settings.timeout_milliseconds;
      return { id: apis.createIntegration(settings.api_id, { functionArn, timeoutMs }) };
    }),
    aws_apigatewayv2_route: emulated(routeSchema, route(apis)),
    aws_apigatewayv2_stage: emulated(stageSchema, stage(apis)),
  };
}

const corsSchema = z.object({
  allow_origins: z.array(z.string()).default([]),
  allow_methods: z.array(z.string()).default([]),
  allow_headers: z.array(z.string()).default([]),
  expose_headers: z.array(z.string()).default([]),
  max_age: z.number().optional(),
  allow_credentials: z.literal(false, "here nobody's cookies are sent: false").default(false),
});

const apiSchema = z.object({
  name: z.string(),
  protocol_type: z.literal("HTTP", "only HTTP APIs run here"),
  cors_configuration: blocks(corsSchema),
});

const api =
  (apis: HttpApis): Apply<typeof apiSchema> =>
  ({ name, cors_configuration: [settings] }, { region, accountId, toLocal, allowOrigins }) => {
    const cors = settings && corsOf(settings, toLocal);
    if (cors) allowOrigins(cors.allowOrigins);
    const { id, url } = apis.createApi({ name, cors });
    return {
      id,
      name,
      arn: `arn:aws:apigateway:${region}::/apis/${id}`,
      execution_arn: `arn:aws:execute-api:${region}:${accountId}:${id}`,
      api_endpoint: url,
    };
  };

function corsOf(cors: z.infer<typeof corsSchema>, toLocal: ToLocal): CorsSettings {
  return {
    allowOrigins: cors.allow_origins.map(toLocal),
    allowMethods: cors.allow_methods,
    allowHeaders: cors.allow_headers,
    exposeHeaders: cors.expose_headers,
    ...(cors.max_age !== undefined && { maxAgeSeconds: cors.max_age }),
  };
}

const authorizerSchema = z.object({
  api_id: z.string(),
  name: z.string(),
  authorizer_type: z.literal("JWT", "only JWT authorizers run here"),
  identity_sources: z.tuple([
    z.string().regex(/^\$request\.header\.[\w-]+$/, "here the token is in a header: $request.header.<name>"),
  ]),
  jwt_configuration: block(z.object({ audience: z.array(z.string()).min(1), issuer: z.string() })),
});

const integrationSchema = z.object({
  api_id: z.string(),
  integration_type: z.literal("AWS_PROXY", "here a route leads to a function: AWS_PROXY"),
  /** A function's ARN, or the address at which API Gateway invokes it. */
  integration_uri: z.string().regex(/arn:aws:lambda:/, "is not a function's"),
  payload_format_version: z.literal("2.0", "only 2.0 is here"),
  timeout_milliseconds: z.number().min(50).max(30_000).default(30_000),
});

const routeSchema = z.object({
  api_id: z.string(),
  route_key: z.string(),
  target: z.string().regex(/^integrations\/./, "is not integrations/<id>"),
  authorization_type: z.enum(["NONE", "JWT"]).default("NONE"),
  authorizer_id: z.string().optional(),
  authorization_scopes: absent("tokens are not asked for scopes here"),
});

const route =
  (apis: HttpApis): Apply<typeof routeSchema> =>
  (settings) => {
    const { authorizer_id: authorizerId, authorization_type: type } = settings;
    if ((type === "JWT") !== (authorizerId !== undefined))
      throw new StackError("authorization_type JWT and an authorizer_id go together.");
    const id = apis.createRoute(settings.api_id, settings.route_key, {
      integrationId: settings.target.replace("integrations/", ""),
      ...(authorizerId !== undefined && { authorizerId }),
    });
    return { id, route_key: settings.route_key };
  };

const throttleSchema = z.object({
  throttling_rate_limit: z.number().optional(),
  throttling_burst_limit: z.number().optional(),
});

const stageSchema = z.object({
  api_id: z.string(),
  name: z.literal("$default", "here an API has the stage $default only"),
  auto_deploy: z.literal(true, "here a stage is deployed at once: set auto_deploy"),
  access_log_settings: blocks(z.object({ destination_arn: z.string(), format: z.string() })),
  default_route_settings: blocks(throttleSchema),
  route_settings: absent("here all routes have one limit: default_route_settings"),
});

const stage =
  (apis: HttpApis): Apply<typeof stageSchema> =>
  (settings, { region, accountId }) => {
    const { api_id: apiId, name } = settings;
    const [log] = settings.access_log_settings;
    const throttle = throttleOf(settings.default_route_settings[0]);
    const url = apis.createStage(apiId, {
      ...(log && { accessLog: { format: log.format, logGroup: logGroupIn(log.destination_arn) } }),
      ...(throttle && { throttle }),
    });
    return {
      id: name,
      name,
      arn: `arn:aws:apigateway:${region}::/apis/${apiId}/stages/${name}`,
      execution_arn: `arn:aws:execute-api:${region}:${accountId}:${apiId}/${name}`,
      invoke_url: url,
    };
  };

/** The rate of the account, where only the burst is set: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
function throttleOf(settings: z.infer<typeof throttleSchema> | undefined) {
  const { throttling_rate_limit: rate, throttling_burst_limit: burst } = settings ?? {};
  if (rate === undefined && burst === undefined) return undefined;
  return { ratePerSecond: rate ?? 10_000, burst: burst ?? 5000 };
}

/** `arn:aws:logs:<region>:<account>:log-group:<name>[:*]` */
function logGroupIn(arn: string): string {
  return arn.split(":")[6] ?? arn;
}
