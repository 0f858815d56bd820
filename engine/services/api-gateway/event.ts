/**
 * A request as a function gets it, in payload format 2.0:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import type { IncomingMessage } from "node:http";
import { HOP_BY_HOP_HEADERS } from "../../http/headers.ts";

/** What the gateway knows of a request before it looks for a route. */
export interface GatewayRequest {
  id: string;
  at: Date;
  method: string;
  /** As it was sent, percent-encoded. */
  sentPath: string;
  /** Decoded, or as it was sent where that is impossible. */
  path: string;
  rawQuery: string;
  host: string;
  sourceIp: string;
  userAgent: string;
  message: IncomingMessage;
}

export interface Identity {
  claims: Record<string, string>;
}

export interface EventParts {
  request: GatewayRequest;
  body: Buffer;
  accountId: string;
  apiId: string;
  routeKey: string;
  pathParameters: Record<string, string>;
  identity: Identity | undefined;
}

/** The event as JSON. */
export function eventOf({ request, body, pathParameters, ...about }: EventParts): string {
  const { message, rawQuery } = request;
  const cookies = (message.headers.cookie ?? "").split(";").map((cookie) => cookie.trim());
  const query = queryOf(rawQuery);
  const isBase64Encoded = body.length > 0 && !isText(message);
  return JSON.stringify({
    version: "2.0",
    routeKey: about.routeKey,
    // HTTP APIs hand the path on decoded, whatever the field is called.
    rawPath: request.path,
    rawQueryString: rawQuery,
    ...(cookies[0] !== "" && { cookies: cookies.filter(Boolean) }),
    headers: headersOf(request, body.length),
    ...(query && { queryStringParameters: query }),
    requestContext: contextOf(request, about),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  });
}

function contextOf(request: GatewayRequest, about: Omit<EventParts, "request" | "body" | "pathParameters">) {
  return {
    accountId: about.accountId,
    apiId: about.apiId,
    ...(about.identity && { authorizer: { jwt: { ...about.identity, scopes: null } } }),
    domainName: request.host,
    domainPrefix: about.apiId,
    http: {
      method: request.method,
      path: request.path,
      protocol: `HTTP/${request.message.httpVersion}`,
      sourceIp: request.sourceIp,
      userAgent: request.userAgent,
    },
    requestId: request.id,
    routeKey: about.routeKey,
    stage: "$default",
    time: commonLogTime(request.at),
    timeEpoch: request.at.getTime(),
  };
}

/** `12/Mar/2020:19:03:58 +0000` */
export function commonLogTime(at: Date): string {
  const [, day, month, year, time] = /, (\d\d) (\w{3}) (\d{4}) ([\d:]{8})/.exec(at.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Cookies are handed on in another way. */
const NOT_HANDED_ON = [...HOP_BY_HOP_HEADERS, "cookie"];

function headersOf({ message, sourceIp, host }: GatewayRequest, bodyLength: number): Record<string, string> {
  const sent = Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
    NOT_HANDED_ON.includes(name) ? [] : [[name, values.join(",")] as const],
  );
  const headers: Record<string, string> = Object.fromEntries(sent);
  const before = headers["x-forwarded-for"];
  const port = message.socket.localPort ?? 0;
  return {
    ...headers,
    host,
    "content-length": String(bodyLength),
    "x-forwarded-for": before === undefined ? sourceIp : `${before}, ${sourceIp}`,
    "x-forwarded-port": String(port),
    "x-forwarded-proto": "http",
  };
}

function queryOf(rawQuery: string): Record<string, string> | undefined {
  const parameters = new URLSearchParams(rawQuery);
  if (parameters.size === 0) return undefined;
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name).join(",")]));
}

const TEXT_TYPES =
  /^(text\/[^;]*|application\/(json|xml|javascript|x-www-form-urlencoded)|[^;\s]+\+(json|xml))\s*(;|$)/i;

/** Whether the body is handed on as it is; base64 otherwise. */
function isText({ headers }: IncomingMessage): boolean {
  const encoding = headers["content-encoding"] ?? "identity";
  return encoding === "identity" && TEXT_TYPES.test(headers["content-type"] ?? "");
}
