/** The way of one request through an HTTP API: preflight, route, limits, who is calling, the function, the answer. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "../../errors.ts";
import { percentDecoded, splitUrl } from "../../http/call.ts";
import type { Outcome } from "../lambda/invocation.ts";
import { accessLogLine, type Served } from "./access-log.ts";
import { type Answer, message } from "./answer.ts";
import type { Api, Route } from "./api.ts";
import { authorize, UNAUTHORIZED, type VerifyToken } from "./authorize.ts";
import { answerHeaders, isPreflight, preflightHeaders } from "./cors.ts";
import { eventOf, type GatewayRequest } from "./event.ts";
import { integrate } from "./integrate.ts";
import { findRoute, type Match } from "./routes.ts";

export interface GatewayDependencies {
  accountId: string;
  /** `route`: the API's, which asks: `<api id>/<stage>/<method>/<path>`. */
  invoke(functionArn: string, event: string, route: string): Promise<Outcome>;
  verifyToken: VerifyToken;
  onAccess(line: { apiName: string; logGroup: string; requestId: string; line: string }): void;
}

/** What is known of a request so far, for its log line. */
type Course = Partial<Omit<Served, "request">>;

const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** What Lambda takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** Answers whatever comes. */
export async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  api: Api | undefined,
  dependencies: GatewayDependencies,
): Promise<void> {
  const started = performance.now();
  const request = requestOf(incoming);
  const course: Course = {};
  const answer = await answerTo(request, api, dependencies, course).catch((error: unknown) => {
    if (incoming.destroyed && !incoming.complete) return undefined;
    course.errorMessage = messageOf(error);
    return message(500, "Internal Server Error");
  });
  if (!answer) return;
  // What the client still sends must be taken in before the connection can be used again.
  if (!incoming.complete) incoming.resume();
  send(response, request, answer, api);
  const accessLog = api?.stage?.accessLog;
  if (!api || !accessLog) return;
  const served: Served = {
    ...course,
    request,
    status: answer.status,
    responseBytes: answer.body.length,
    latencyMs: performance.now() - started,
  };
  const line = accessLogLine(accessLog.format, served);
  dependencies.onAccess({ apiName: api.name, logGroup: accessLog.logGroup, requestId: request.id, line });
}

async function answerTo(
  request: GatewayRequest,
  api: Api | undefined,
  dependencies: GatewayDependencies,
  course: Course,
): Promise<Answer> {
  if (!api?.stage) return refuse(course, 404, "Not Found");
  const { message: incoming, method, sentPath } = request;
  if (api.cors && isPreflight(incoming)) {
    const headers = preflightHeaders(api.cors, incoming.headers.origin ?? "");
    return { status: 204, headers, cookies: [], body: Buffer.alloc(0) };
  }
  if (percentDecoded(sentPath) === undefined) return refuse(course, 400, "Bad Request");
  const match = findRoute(api.routes, method, sentPath);
  if (!match) return refuse(course, 404, "Not Found");
  course.routeKey = match.route.key.text;
  if (!api.admits(match.route.key.text)) return refuse(course, 429, "Too Many Requests");
  const answer = await answerOfRoute(request, match, api, dependencies, course);
  return api.cors ? withoutCorsHeaders(answer) : answer;
}

async function answerOfRoute(
  request: GatewayRequest,
  { route, pathParameters }: Match<Route>,
  api: Api,
  dependencies: GatewayDependencies,
  course: Course,
): Promise<Answer> {
  const routeKey = route.key.text;
  const authorization = await authorizationFor(request, route, api, dependencies);
  if (authorization && "refusal" in authorization) {
    course.errorMessage = UNAUTHORIZED;
    return authorization.refusal;
  }
  const identity = authorization?.identity;
  if (identity) course.claims = identity.claims;
  const body = await readBody(request.message);
  const about = {
    request,
    pathParameters,
    routeKey,
    identity,
    accountId: dependencies.accountId,
    apiId: api.id,
  };
  const event = body && eventOf({ ...about, body });
  if (event === undefined || Buffer.byteLength(event) > MAX_EVENT_BYTES)
    return refuse(course, 413, "Request Entity Too Large");
  const integration = api.integrations.get(route.integrationId);
  if (!integration) throw new Error(`${routeKey} leads to ${route.integrationId}, which is not there.`);
  const asked = `${api.id}/$default/${routeKey.replace(" ", "")}`;
  return integrate(integration, (functionArn) => dependencies.invoke(functionArn, event, asked));
}

async function authorizationFor(
  request: GatewayRequest,
  route: Route,
  api: Api,
  dependencies: GatewayDependencies,
) {
  if (route.authorizerId === undefined) return undefined;
  const authorizer = api.authorizers.get(route.authorizerId);
  if (!authorizer) throw new Error(`${route.key.text} has an authorizer that is not there.`);
  return authorize(request.message, authorizer, dependencies.verifyToken);
}

function refuse(course: Course, status: number, text: string): Answer {
  course.errorMessage = text;
  return message(status, text);
}

/** Where the API has CORS settings, those of its functions are ignored. */
function withoutCorsHeaders(answer: Answer): Answer {
  const kept = Object.entries(answer.headers).filter(([name]) => !name.startsWith("access-control-"));
  return { ...answer, headers: Object.fromEntries(kept) };
}

function requestOf(incoming: IncomingMessage): GatewayRequest {
  const { path: sentPath, query: rawQuery } = splitUrl(incoming.url);
  return {
    // The form that API Gateway's have.
    id: randomBytes(11).toString("base64"),
    at: new Date(),
    method: incoming.method ?? "GET",
    sentPath,
    path: percentDecoded(sentPath) ?? sentPath,
    rawQuery,
    host: incoming.headers.host ?? "",
    sourceIp: incoming.socket.remoteAddress ?? "",
    userAgent: incoming.headers["user-agent"] ?? "",
    message: incoming,
  };
}

/** Undefined when it is too large; it is taken in all the same, so that the client gets to read the answer. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

function send(response: ServerResponse, request: GatewayRequest, answer: Answer, api: Api | undefined): void {
  const { headers, cookies, body, status } = answer;
  response.writeHead(status, {
    ...headers,
    ...(api?.cors && answerHeaders(api.cors, request.message.headers.origin)),
    ...(cookies.length > 0 && { "set-cookie": cookies }),
    ...(status !== 204 && status !== 304 && { "content-length": String(body.length) }),
    "apigw-requestid": request.id,
  });
  response.end(body);
}
