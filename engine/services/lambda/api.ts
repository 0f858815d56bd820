/** Lambda's API, for the CLI and any SDK: Invoke, and what there is of event source mappings. */
import * as z from "zod";
import { jsonAnswer, REST_JSON } from "../../http/answers.ts";
import { readInput } from "../../http/aws-json.ts";
import { type Answer, type Call, header, percentDecoded, textOf } from "../../http/call.ts";
import { type ErrorForm, jsonErrors, ServiceError } from "../../http/errors.ts";
import type { Operation, ServiceApi, ServiceDescription } from "../../http/service.ts";
import { parsedJson } from "../../json.ts";
import type { LambdaFunction } from "./function.ts";
import { notFound, type Outcome } from "./invocation.ts";
import type { Mappings } from "./mappings.ts";

export const LAMBDA: ServiceDescription = {
  name: "lambda",
  title: "Lambda",
  operations: ["GetAccountSettings", "Invoke", "ListEventSourceMappings", "UpdateEventSourceMapping"],
};

export interface LambdaApiContext {
  /** Takes a name or an ARN, with or without a qualifier. */
  find(nameOrArn: string): LambdaFunction | undefined;
  arnOf(nameOrArn: string): string;
  mappings: Mappings;
}

/** As accounts have them that have asked for no more. The machine has its own limits. */
const ACCOUNT_SETTINGS = {
  AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 },
};

const MAX_PAYLOAD_BYTES = 6_291_456;

export function lambdaApi(context: LambdaApiContext): ServiceApi {
  return { ...LAMBDA, read: (call) => operationOf(call, context), writeError };
}

/** Lambda's own: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
const writeError: ErrorForm = (error, call) => {
  const answer = jsonErrors({
    contentType: REST_JSON,
    own: { AccessDenied: { code: "AccessDeniedException", status: 403 } },
  })(error, call);
  const body = JSON.stringify({ Type: "User", Message: error.message, message: error.message });
  return { ...answer, body };
};

function operationOf(call: Call, context: LambdaApiContext): Operation {
  const { method, path, query } = call;
  const { mappings } = context;
  const [, collection, id] =
    /^\/2015-03-31\/(functions\/[^/]+\/invocations|event-source-mappings)(?:\/([^/]*))?$/.exec(path) ?? [];
  if (method === "GET" && /^\/2016-08-19\/account-settings\/?$/.test(path)) {
    const permissions = [{ action: "lambda:GetAccountSettings", resource: "*" }];
    return { name: "GetAccountSettings", permissions, perform: () => json(ACCOUNT_SETTINGS) };
  }
  const onMapping = (name: string, perform: () => Answer | Promise<Answer>): Operation => {
    const action = `lambda:${name}`;
    return { name, permissions: [{ action, resource: "*" }], perform };
  };
  if (collection === "event-source-mappings" && !id && method === "GET")
    return onMapping("ListEventSourceMappings", () => json(mappings.list(query)));
  if (collection === "event-source-mappings" && id && method === "PUT")
    return onMapping("UpdateEventSourceMapping", async () => {
      const input = parsedJson(await textOf(call));
      const { Enabled } = readInput(updateSchema, input, "InvalidParameterValueException");
      return json(mappings.update(id, Enabled), { status: 202 });
    });
  if (collection !== undefined && id === undefined && method === "POST")
    return invocation(collection.split("/")[1] ?? "", call, context);
  return { name: `${method} ${path}`, permissions: undefined, perform: undefined };
}

const json = (content: object, { status = 200 } = {}) =>
  jsonAnswer(content, { status, contentType: REST_JSON });

const updateSchema = z.strictObject(
  { FunctionName: z.string().optional(), Enabled: z.boolean() },
  "Here, only Enabled can be changed.",
);

/** @throws ServiceError for a name that cannot be decoded. */
function invocation(sentName: string, call: Call, { find, arnOf }: LambdaApiContext): Operation {
  const nameOrArn = percentDecoded(sentName);
  if (nameOrArn === undefined)
    throw new ServiceError("InvalidParameterValueException", `${sentName} is not percent-encoded.`);
  const qualifier = call.query.get("Qualifier");
  const arn = arnOf(nameOrArn);
  return {
    name: "Invoke",
    permissions: [
      { action: "lambda:InvokeFunction", resource: qualifier === null ? arn : `${arn}:${qualifier}` },
    ],
    async perform() {
      const target = find(nameOrArn);
      if (!target) throw errorOf(notFound(nameOrArn));
      const body = await call.body();
      if (body.length > MAX_PAYLOAD_BYTES) {
        const message = `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation`;
        throw new ServiceError("RequestTooLargeException", message, { status: 413 });
      }
      const event = body.length === 0 ? "{}" : body.toString("utf8");
      if (parsedJson(event) === undefined)
        throw new ServiceError("InvalidRequestContentException", "Could not parse request body into json");
      const type = header(call.headers, "x-amz-invocation-type") ?? "RequestResponse";
      if (type !== "Event" && type !== "RequestResponse")
        throw new ServiceError("InvalidParameterValueException", `${type} invokes nothing here.`);
      const invoked = target.invoke(event);
      if (type === "Event") return { status: 202 };
      return answerOf(await invoked);
    },
  };
}

function answerOf(outcome: Outcome): Answer {
  if (outcome.kind === "serviceError") throw errorOf(outcome.error);
  const failed = outcome.kind === "functionError" && { "x-amz-function-error": "Unhandled" };
  return {
    status: 200,
    headers: {
      "content-type": REST_JSON,
      "x-amz-executed-version": "$LATEST",
      "x-amzn-requestid": outcome.report.requestId,
      ...failed,
    },
    body: outcome.kind === "success" ? outcome.payload : JSON.stringify(outcome.error),
  };
}

function errorOf({ name, message, statusCode }: { name: string; message: string; statusCode: number }) {
  return new ServiceError(name, message, { status: statusCode });
}
