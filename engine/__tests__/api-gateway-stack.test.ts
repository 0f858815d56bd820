import { expect, test } from "vitest";
import { type ApiFixture, apiStack } from "./api-gateway-support.ts";
import { type Fixture, temporaryEngine } from "./engine-support.ts";

const changed = (type: string, change: object, fixture: ApiFixture = { open: ["GET /"] }): Fixture => {
  const stack = apiStack(fixture);
  const [[name = "", block = {}] = []] = Object.entries(stack.resource?.[type] ?? {});
  return { ...stack, resource: { ...stack.resource, [type]: { [name]: { ...block, ...change } } } };
};

test.each<[string, Fixture, RegExp]>([
  [
    "an API of another kind",
    changed("aws_apigatewayv2_api", { protocol_type: "WEBSOCKET" }),
    /only HTTP APIs/,
  ],
  ["a stage of another name", changed("aws_apigatewayv2_stage", { name: "prod" }), /\$default only/],
  [
    "another payload format",
    changed("aws_apigatewayv2_integration", { payload_format_version: "1.0" }),
    /only 2.0/,
  ],
  ["another authorizer", changed("aws_apigatewayv2_authorizer", { authorizer_type: "REQUEST" }), /only JWT/],
  [
    "a token elsewhere",
    changed("aws_apigatewayv2_authorizer", { identity_sources: ["$request.querystring.t"] }),
    /header/,
  ],
  ["a greedy path", apiStack({ open: ["GET /files/{path+}"] }), /route-0.*\{path\+\}/],
  ["no path at all", apiStack({ open: ["GET images"] }), /"GET images" is no route key/],
  ["any method", apiStack({ open: ["ANY /images"] }), /"ANY \/images" is no route key/],
  ["any route", apiStack({ open: ["$default"] }), /"\$default" is no route key/],
  [
    "an authorization that nobody checks",
    apiStack({ open: ["GET /"], routes: { "GET /": { authorization_type: "JWT" } } }),
    /authorizer_id/,
  ],
  [
    "a token's scope",
    apiStack({ closed: ["GET /"], routes: { "GET /": { authorization_scopes: ["admin"] } } }),
    /not asked for scopes/,
  ],
  [
    "pages that send cookies",
    apiStack({ open: ["GET /"], cors: { allow_credentials: true } }),
    /nobody's cookies/,
  ],
  [
    "a limit of one route",
    apiStack({ open: ["GET /"], stage: { route_settings: [{ route_key: "GET /" }] } }),
    /one limit/,
  ],
])("%s is refused with a sentence", async (_, stack, message) => {
  await expect(temporaryEngine(stack)).rejects.toThrow(message);
});
