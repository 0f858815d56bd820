/** Lambda's API at the door, for the CLI and any SDK: Invoke, and what there is of event source mappings. */
import type { ServerResponse } from "node:http";
import type { DoorService } from "../../http/endpoint.ts";
import type { LambdaFunction } from "./function.ts";
import { notFound, type Outcome } from "./invocation.ts";
import type { Mappings } from "./mappings.ts";

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const MAX_PAYLOAD_BYTES = 6_291_456;

/** `find` takes a name or an ARN, with or without a qualifier. */
export function lambdaApi(
  find: (nameOrArn: string) => LambdaFunction | undefined,
  mappings: Pick<Mappings, "answer">,
): DoorService {
  return async (request, response, call) => {
    const answered = await mappings.answer(request, call.body);
    if (answered && "type" in answered)
      return fail(response, answered.status, answered.type, answered.message);
    if (answered) {
      response.writeHead(answered.status, { "content-type": "application/json" });
      return void response.end(JSON.stringify(answered.content));
    }
    const path = new URL(request.url ?? "/", "http://door").pathname;
    const name = INVOKE_PATH.exec(path)?.[1];
    if (name === undefined || request.method !== "POST") {
      const message = `Of Lambda's API only Invoke and event source mappings are here, not ${request.method} ${path}.`;
      return fail(response, 404, "UnknownOperationException", message);
    }
    const target = find(decodeURIComponent(name));
    if (!target) {
      const error = notFound(decodeURIComponent(name));
      return fail(response, error.statusCode, error.name, error.message);
    }
    const body = await call.body();
    if (body.length > MAX_PAYLOAD_BYTES) {
      const message = `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation`;
      return fail(response, 413, "RequestTooLargeException", message);
    }
    const event = body.length === 0 ? "{}" : body.toString("utf8");
    if (!isJson(event)) {
      const message = "Could not parse request body into json";
      return fail(response, 400, "InvalidRequestContentException", message);
    }
    const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    if (type === "DryRun") return void response.writeHead(204).end();
    if (type === "Event") {
      void target.invoke(event);
      return void response.writeHead(202).end();
    }
    answer(response, await target.invoke(event));
  };
}

function answer(response: ServerResponse, outcome: Outcome): void {
  if (outcome.kind === "serviceError") {
    fail(response, outcome.error.statusCode, outcome.error.name, outcome.error.message);
    return;
  }
  const payload = outcome.kind === "success" ? outcome.payload : JSON.stringify(outcome.error);
  const failed = outcome.kind === "functionError" ? { "x-amz-function-error": "Unhandled" } : {};
  response
    .writeHead(200, {
      "content-type": "application/json",
      "x-amz-executed-version": "$LATEST",
      "x-amzn-requestid": outcome.report.requestId,
      ...failed,
    })
    .end(payload);
}

function fail(response: ServerResponse, status: number, type: string, message: string): void {
  response
    .writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type })
    .end(JSON.stringify({ Type: "User", Message: message, message }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
