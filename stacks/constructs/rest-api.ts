/** The REST API: an HTTP API whose routes lead to functions, and which lets nobody in without a token. */
import { Apigatewayv2Api } from "@cdktf/provider-aws/lib/apigatewayv2-api/index.js";
import { Apigatewayv2Authorizer } from "@cdktf/provider-aws/lib/apigatewayv2-authorizer/index.js";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration/index.js";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route/index.js";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage/index.js";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { Construct } from "constructs";
import { type RouteContract, type RouteKey, routes } from "../../functions/api/contract.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";
import type { Users } from "./users.ts";

export interface RestApiOptions {
  namePrefix: string;
  region: string;
  users: Users;
  corsOrigins: string[];
  logDays: number;
  key: EncryptionKey | undefined;
  throttle: { requestsPerSecond: number; burst: number };
}

export class RestApi extends Construct {
  readonly url: string;
  /** Where CloudFront finds it. */
  readonly host: string;
  readonly id: string;
  readonly #api: Apigatewayv2Api;
  readonly #authorizer: Apigatewayv2Authorizer;

  constructor(scope: Construct, id: string, options: RestApiOptions) {
    super(scope, id);
    const name = `${options.namePrefix}-api`;
    this.#api = new Apigatewayv2Api(this, "api", {
      name,
      protocolType: "HTTP",
      // The web app's page and the API have one origin.
      ...(options.corsOrigins.length > 0 && {
        corsConfiguration: {
          allowOrigins: options.corsOrigins,
          allowMethods: ["GET", "POST", "PATCH", "DELETE"],
          allowHeaders: ["authorization", "content-type"],
          exposeHeaders: ["location", "retry-after"],
          maxAge: 3600,
        },
      }),
    });
    this.#authorizer = new Apigatewayv2Authorizer(this, "authorizer", {
      apiId: this.#api.id,
      name: "users",
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: { audience: [options.users.clientId], issuer: options.users.issuer },
    });
    const logs = new CloudwatchLogGroup(this, "access-logs", {
      name: `/aws/vendedlogs/apis/${name}`,
      retentionInDays: options.logDays,
      ...(options.key && { kmsKeyId: options.key.arn }),
    });
    new Apigatewayv2Stage(this, "stage", {
      apiId: this.#api.id,
      name: "$default",
      autoDeploy: true,
      accessLogSettings: { destinationArn: logs.arn, format: ACCESS_LOG_FORMAT },
      defaultRouteSettings: {
        throttlingRateLimit: options.throttle.requestsPerSecond,
        throttlingBurstLimit: options.throttle.burst,
      },
    });
    this.id = this.#api.id;
    // Without the slash that the invoke URL of a default stage ends with.
    this.url = this.#api.apiEndpoint;
    this.host = `${this.#api.id}.execute-api.${options.region}.amazonaws.com`;
  }

  /** Lets a function answer some of the contract's routes. */
  answer(keys: RouteKey[], handler: NodeFunction): void {
    const integration = new Apigatewayv2Integration(this, `${handler.node.id}-integration`, {
      apiId: this.#api.id,
      integrationType: "AWS_PROXY",
      integrationUri: handler.invokeArn,
      payloadFormatVersion: "2.0",
    });
    new LambdaPermission(this, `${handler.node.id}-permission`, {
      statementId: "AllowInvocationByApi",
      action: "lambda:InvokeFunction",
      functionName: handler.name,
      principal: "apigateway.amazonaws.com",
      sourceArn: `${this.#api.executionArn}/*/*`,
    });
    for (const key of keys) {
      const contract: RouteContract = routes[key];
      new Apigatewayv2Route(this, `route-${key.replaceAll(/[^A-Za-z]+/g, "-")}`, {
        apiId: this.#api.id,
        routeKey: key,
        target: `integrations/${integration.id}`,
        ...(contract.isPublic
          ? { authorizationType: "NONE" }
          : { authorizationType: "JWT", authorizerId: this.#authorizer.id }),
      });
    }
  }
}

/**
 * Without the path: in that of a link is what opens it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const ACCESS_LOG_FORMAT = JSON.stringify({
  requestId: "$context.requestId",
  time: "$context.requestTime",
  ip: "$context.identity.sourceIp",
  userId: "$context.authorizer.claims.sub",
  route: "$context.routeKey",
  status: "$context.status",
  bytes: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  error: "$context.error.message",
});
