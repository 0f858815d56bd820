/**
 * What passes the engine's door, by who called. Node tells of every request that an HTTP server of this process gets and
 * answers: https://nodejs.org/api/diagnostics_channel.html#http. So the engine needs no part in this.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { AccessKeys } from "../../engine/http/credentials.ts";
import { addressOf, operationOf } from "../../engine/services/s3/address.ts";

export interface DoorCall {
  /** The function that signed the request; undefined for everyone else. */
  functionName: string | undefined;
  /** The signing name: `s3`, `dynamodb`, `states`. */
  service: string;
  operation: string;
  /** Of S3 only. */
  bucket: string;
  /** Of the body that was sent. */
  bytesIn: number;
  /** Of the whole answer. */
  bytesOut: number;
}

/** @returns what ends the listening. */
export function listenAtDoor(
  endpoint: string,
  functionNames: string[],
  onCall: (call: DoorCall) => void,
): () => void {
  const port = Number(new URL(endpoint).port);
  const owners = ownersOf(functionNames);
  const sentBefore = new WeakMap<IncomingMessage, number>();
  const onStart = (message: unknown) => {
    if (isAboutRequest(message)) sentBefore.set(message.request, message.request.socket.bytesWritten);
  };
  const onFinish = (message: unknown) => {
    if (!isAboutRequest(message) || message.request.socket.localPort !== port) return;
    const { request } = message;
    const bytesOut = request.socket.bytesWritten - (sentBefore.get(request) ?? 0);
    const call = callOf(request, owners);
    if (call !== undefined) onCall({ ...call, bytesOut });
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

function isAboutRequest(message: unknown): message is { request: IncomingMessage } {
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
): Omit<DoorCall, "bytesOut"> | undefined {
  const [, accessKeyId = "", service] =
    /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? "") ?? [];
  if (service === undefined) return undefined;
  const target = String(request.headers["x-amz-target"]).split(".")[1];
  return {
    functionName: owners.get(accessKeyId),
    service,
    operation: service === "s3" ? operationOf(request) : (target ?? ""),
    bucket: service === "s3" ? addressOf(request).bucket : "",
    bytesIn: Number(request.headers["content-length"] ?? 0),
  };
}
