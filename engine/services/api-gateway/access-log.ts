/**
 * A stage's access log: one line for each request, in the format that the stage has.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
import { commonLogTime, type GatewayRequest } from "./event.ts";

/** What the function came to. */
export interface Integrated {
  latencyMs: number;
  /** Lambda's own. */
  serviceStatus: number;
  /** What the function answered. */
  status?: number;
  error?: string;
}

/** What became of a request. */
export interface Served {
  request: GatewayRequest;
  status: number;
  responseBytes: number;
  latencyMs: number;
  routeKey?: string;
  claims?: Record<string, string>;
  authorizerError?: string;
  /** What the gateway itself answered. */
  errorMessage?: string;
  integration?: Integrated;
}

/** Fills in each `$context.…`; what there is no value for becomes `-`. */
export function accessLogLine(
  format: string,
  served: Served,
  about: { accountId: string; apiId: string },
): string {
  const values = valuesOf(served, about);
  const isJson = format.trimStart().startsWith("{");
  return format
    .replace(/\$context\.([\w-]+(?:\.[\w:-]+)*)/g, (_, name: string) => {
      const value = String(values.get(name) ?? "-");
      // This one has its quotes already.
      return isJson && name !== "error.messageString" ? JSON.stringify(value).slice(1, -1) : value;
    })
    .trim();
}

function valuesOf(served: Served, about: { accountId: string; apiId: string }) {
  const { request, integration, errorMessage, claims = {} } = served;
  const latencyMs = integration && Math.round(integration.latencyMs);
  return new Map<string, string | number | undefined>([
    ...Object.entries(claims).map(([name, value]) => [`authorizer.claims.${name}`, value] as const),
    ["accountId", about.accountId],
    ["apiId", about.apiId],
    ["authorizer.error", served.authorizerError],
    ["dataProcessed", served.responseBytes],
    ["domainName", request.host],
    ["domainPrefix", about.apiId],
    ["error.message", errorMessage],
    ["error.messageString", errorMessage && JSON.stringify(errorMessage)],
    ["extendedRequestId", request.id],
    ["httpMethod", request.method],
    ["identity.sourceIp", request.sourceIp],
    ["identity.userAgent", request.userAgent || undefined],
    ["integration.error", integration?.error],
    ["integration.integrationStatus", integration?.serviceStatus],
    ["integration.latency", latencyMs],
    ["integration.status", integration?.status],
    ["integrationErrorMessage", integration?.error],
    ["integrationLatency", latencyMs],
    ["integrationStatus", integration?.serviceStatus],
    ["path", request.path],
    ["protocol", `HTTP/${request.message.httpVersion}`],
    ["requestId", request.id],
    ["requestTime", commonLogTime(request.at)],
    ["requestTimeEpoch", request.at.getTime()],
    ["responseLatency", Math.round(served.latencyMs)],
    ["responseLength", served.responseBytes],
    ["routeKey", served.routeKey],
    ["stage", "$default"],
    ["status", served.status],
  ]);
}
