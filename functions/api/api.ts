/** Routes to a Lambda handler: the request checked against the contract, the caller known, errors made problems. */
import { gzipSync } from "node:zlib";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type * as z from "zod";
import { plainWords } from "../shared/plain-words.ts";
import {
  type BodyOf,
  type PathOf,
  type QueryOf,
  type RouteContract,
  type RouteKey,
  routes,
} from "./contract.ts";
import { OPERATORS } from "./operators.ts";
import { Problem, problemFrom } from "./problem.ts";

export const logger = new Logger();

/** What API Gateway adds for a JWT authorizer; all claims are strings. */
type AuthorizedEvent = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { jwt?: { claims?: Record<string, unknown> } } };
};

export interface Call<Key extends RouteKey> {
  /** The user's id: `sub` of the token. Empty on public routes. */
  userId: string;
  isOperator: boolean;
  path: PathOf<Key>;
  query: QueryOf<Key>;
  body: BodyOf<Key>;
  event: APIGatewayProxyEventV2;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export type Handlers = { [Key in RouteKey]?: (call: Call<Key>) => Promise<Answer> };

/** Makes the Lambda handler of some of the routes. */
export function api(handlers: Handlers) {
  return (
    middy<AuthorizedEvent, APIGatewayProxyStructuredResultV2, Error, Context>()
      // Never the event, whatever POWERTOOLS_LOGGER_LOG_EVENT says: the user's token is in it.
      .use(injectLambdaContext(logger, { resetKeys: true, logEvent: false }))
      .use(logged())
      .use(problems())
      .handler(async (event: AuthorizedEvent) => {
        const key = event.routeKey;
        const handle = isRoute(key) ? handlers[key] : undefined;
        if (!isRoute(key) || handle === undefined) throw new Problem(404, "There is no such route.");
        // The checked call is of this very route, which the types cannot follow through the look-up.
        return toResponse(
          await (handle as (call: unknown) => Promise<Answer>)(checkedCall(key, event)),
          event,
        );
      })
  );
}

function isRoute(key: string): key is RouteKey {
  return Object.hasOwn(routes, key);
}

function checkedCall(key: RouteKey, event: AuthorizedEvent) {
  const contract: RouteContract = routes[key];
  const isOperator = groupsOf(event).includes(OPERATORS);
  if (contract.isForOperators && !isOperator)
    throw new Problem(
      403,
      `This is for those who run the pipeline: the group "${OPERATORS}" of the user pool.`,
    );
  return {
    userId: contract.isPublic ? "" : userIdOf(event),
    isOperator,
    path: checked(
      contract.path,
      event.pathParameters ?? {},
      () => new Problem(404, "There is no such image."),
    ),
    query: checked(
      contract.query,
      event.queryStringParameters ?? {},
      (reason) => new Problem(400, `The query is wrong: ${reason}`),
    ),
    body:
      typeof contract.body === "object"
        ? checked(
            contract.body,
            jsonBody(event),
            (reason) => new Problem(400, `The body is wrong: ${reason}`),
          )
        : undefined,
    event,
  };
}

function userIdOf(event: AuthorizedEvent): string {
  const sub = event.requestContext.authorizer?.jwt?.claims?.sub;
  if (typeof sub !== "string" || sub === "") throw new Error("The request came past the authorizer.");
  return sub;
}

/** A list comes as `[one other]`. */
function groupsOf(event: AuthorizedEvent): string[] {
  const groups = event.requestContext.authorizer?.jwt?.claims?.["cognito:groups"];
  return typeof groups === "string" ? groups.replaceAll(/^\[|\]$/g, "").split(" ") : [];
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  problem: (reason: string) => Problem,
): z.infer<Schema> {
  const parsed = schema.safeParse(value, { error: plainWords });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".") ?? "";
  throw problem(`${place === "" ? "it" : `"${place}"`} ${issue?.message ?? "does not fit"}.`);
}

/** Several times what the largest body of the contract takes. */
const MAX_JSON_BYTES = 100_000;

function jsonBody(event: APIGatewayProxyEventV2): unknown {
  if ((event.body?.length ?? 0) > MAX_JSON_BYTES)
    throw new Problem(
      413,
      `The body has more than ${MAX_JSON_BYTES.toLocaleString("en-US")} bytes. Send less.`,
    );
  try {
    return JSON.parse(bodyBytes(event).toString("utf8"));
  } catch {
    throw new Problem(400, "The body is not JSON. Send an object, with the content type application/json.");
  }
}

export function bodyBytes({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}

function toResponse(
  { status, body, headers }: Answer,
  event: APIGatewayProxyEventV2,
): APIGatewayProxyStructuredResultV2 {
  const own = { "cache-control": "no-store", ...headers };
  if (body === undefined) return { statusCode: status, headers: own };
  const text = JSON.stringify(body);
  const all = { "content-type": "application/json", vary: "accept-encoding", ...own };
  if (text.length < COMPRESSED_FROM || !takesGzip(event))
    return { statusCode: status, headers: all, body: text };
  return {
    statusCode: status,
    headers: { ...all, "content-encoding": "gzip" },
    body: gzipSync(text).toString("base64"),
    isBase64Encoded: true,
  };
}

/** In characters: what is shorter takes one packet either way. */
const COMPRESSED_FROM = 1000;

/**
 * Nobody else compresses: HTTP APIs do not, and CloudFront only what it may cache.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
 */
function takesGzip({ headers }: APIGatewayProxyEventV2): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers["accept-encoding"] ?? "");
}

function logged(): middy.MiddlewareObj<AuthorizedEvent, APIGatewayProxyStructuredResultV2, Error, Context> {
  return {
    before: ({ event }) => {
      logger.appendKeys({
        route: event.routeKey,
        requestId: event.requestContext.requestId,
        userId: event.requestContext.authorizer?.jwt?.claims?.sub,
        imageId: event.pathParameters?.imageId,
      });
    },
    after: ({ response }) => logger.info("Request answered", { status: response?.statusCode }),
  };
}

function problems(): middy.MiddlewareObj<AuthorizedEvent, APIGatewayProxyStructuredResultV2, Error, Context> {
  return {
    onError: (request) => {
      const { error } = request;
      const problem = problemFrom(error);
      const { status, message: detail } = problem;
      if (status === 500) logger.error("Request failed", { error });
      // What a service has refused is worth a look, unlike what was asked for wrongly.
      else if (error !== problem) logger.warn("Request refused", { status, detail, error });
      else logger.info("Request refused", { status, detail });
      request.response = problem.toResponse();
    },
  };
}
