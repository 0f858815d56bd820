/**
 * What passes the engine's door, by who called. Node tells of every request that an HTTP server of this process gets and
 * answers: https://nodejs.org/api/diagnostics_channel.html#http. So the engine needs no part in this.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { Engine } from "stack-engine";
import { AccessKeys } from "../../engine/http/credentials.ts";
import { addressOf, operationOf } from "../../engine/services/s3/address.ts";

/** A request for a service, as the engine's event `call` is to tell it. */
export interface Call {
  /** The signing name: `s3`, `dynamodb`, `states`. */
  service: string;
  operation: string;
  /** The function that signed the request; undefined for everyone else. */
  functionName: string | undefined;
  /** The bucket, of S3; empty for others. */
  resource: string;
  /** Of the body that was sent. */
  requestBytes: number;
  /** Of the whole answer. */
  responseBytes: number;
  status: number;
}

/** @returns what ends the listening. */
export function listenToCalls(
  { endpoint }: Pick<Engine, "endpoint">,
  functionNames: string[],
  onCall: (call: Call) => void,
): () => void {
  const port = Number(new URL(endpoint).port);
  const owners = ownersOf(functionNames);
  const sentBefore = new WeakMap<IncomingMessage, number>();
  const onStart = (message: unknown) => {
    if (isAboutRequest(message)) sentBefore.set(message.request, message.request.socket.bytesWritten);
  };
  const onFinish = (message: unknown) => {
    if (!isAboutRequest(message) || message.request.socket.localPort !== port) return;
    const { request, response } = message;
    const responseBytes = request.socket.bytesWritten - (sentBefore.get(request) ?? 0);
    const call = callOf(request, owners);
    if (call !== undefined) onCall({ ...call, responseBytes, status: response.statusCode });
  };
  subscribe(START, onStart);
  subscribe(FINISH, onFinish);
  return () => {
    unsubscribe(START, onStart);
    unsubscribe(FINISH, onFinish);
  };
}

const START = "http.server.request.start";
const FINISH = "http.server.response.finish";

function isAboutRequest(
  message: unknown,
): message is { request: IncomingMessage; response: { statusCode: number } } {
  return typeof message === "object" && message !== null && "request" in message;
}

/** Each function signs with a key of its own, which is made of the function's name. */
function ownersOf(functionNames: string[]): Map<string, string> {
  const keys = new AccessKeys();
  return new Map(functionNames.map((name) => [keys.issue(name).accessKeyId, name]));
}

function callOf(
  request: IncomingMessage,
  owners: Map<string, string>,
): Omit<Call, "responseBytes" | "status"> | undefined {
  const [, accessKeyId = "", service] =
    /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? "") ?? [];
  if (service === undefined) return undefined;
  const target = String(request.headers["x-amz-target"]).split(".")[1];
  return {
    functionName: owners.get(accessKeyId),
    service,
    operation: service === "s3" ? operationOf(request) : (target ?? ""),
    resource: service === "s3" ? addressOf(request).bucket : "",
    requestBytes: Number(request.headers["content-length"] ?? 0),
  };
}
