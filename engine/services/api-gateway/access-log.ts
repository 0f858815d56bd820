/**
 * A stage's access log: one line for each request, in the format that the stage has.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
import { commonLogTime, type GatewayRequest } from "./event.ts";

/** What became of a request. */
export interface Served {
  request: GatewayRequest;
  status: number;
  responseBytes: number;
  latencyMs: number;
  routeKey?: string;
  claims?: Record<string, string>;
  /** What the gateway itself answered. */
  errorMessage?: string;
}

/** Fills in each `$context.…`; what there is no value for becomes `-`. */
export function accessLogLine(format: string, served: Served): string {
  const values = valuesOf(served);
  const isJson = format.trimStart().startsWith("{");
  return format
    .replace(/\$context\.([\w-]+(?:\.[\w:-]+)*)/g, (_, name: string) => {
      const value = String(values.get(name) ?? "-");
      return isJson ? JSON.stringify(value).slice(1, -1) : value;
    })
    .trim();
}

function valuesOf({ request, claims = {}, ...served }: Served) {
  return new Map<string, string | number | undefined>([
    ...Object.entries(claims).map(([name, value]) => [`authorizer.claims.${name}`, value] as const),
    ["error.message", served.errorMessage],
    ["httpMethod", request.method],
    ["identity.sourceIp", request.sourceIp],
    ["identity.userAgent", request.userAgent || undefined],
    ["path", request.path],
    ["requestId", request.id],
    ["requestTime", commonLogTime(request.at)],
    ["responseLatency", Math.round(served.latencyMs)],
    ["responseLength", served.responseBytes],
    ["routeKey", served.routeKey],
    ["status", served.status],
  ]);
}
