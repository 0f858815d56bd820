/** The front door: one HTTP server that AWS tools and SDKs talk to, which hands each request to the service it is signed for. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Faults } from "../faults.ts";
import { denialOf } from "../iam/access.ts";
import { answerDenied } from "../iam/answer.ts";
import type { Caller } from "../iam/index.ts";
import { addressOf, operationOf } from "../services/s3/address.ts";
import { AccessKeys } from "./credentials.ts";
import { listen } from "./listen.ts";
import { type Refusal, refusalOf } from "./signatures.ts";

export { PortTakenError } from "./listen.ts";

/** What the door knows of a request before the service sees it. */
export interface Call {
  /** The signing name: `s3`, `sqs`, `sns`, `dynamodb`, `states`, `lambda`, `sts`, `cognito-idp`. */
  service: string;
  /** The API operation, such as `PutItem`, as far as the request tells. */
  operation?: string;
  accessKeyId?: string;
  /** Whose call it is; undefined for the account's administrator, who may do everything. */
  caller?: Caller;
  /** The request is not to be served: S3 says so in its own way, for every other service the door does. */
  refusal?: Refusal;
  /** The whole request body; reads it once, every call gives the same buffer. */
  body(): Promise<Buffer>;
}

export type DoorService = (request: IncomingMessage, response: ServerResponse, call: Call) => Promise<void>;

export interface DoorOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  /** What signatures have to be for. */
  region: string;
  accountId: string;
  /** Those whose signatures are verified. */
  keys?: AccessKeys;
  /** Undefined for a key of the account's administrator. */
  callerOf?(accessKeyId: string): Caller | undefined;
  faults: Faults;
  /** By signing name. */
  services: Record<string, DoorService>;
  /** Answers the unsigned addresses under `/_engine/`. */
  pages?: DoorService;
}

export interface Door {
  /** With an address rather than a name where `host` is one: SDKs then choose path-style S3 addresses by themselves. */
  endpoint: string;
  port: number;
  stop(): Promise<void>;
}

/** @throws PortTakenError when the port is in use. */
export async function startDoor(options: DoorOptions): Promise<Door> {
  const server = createServer((request, response) => {
    receive(request, response, options).catch((error: unknown) => answerFailure(request, response, error));
  });
  // A slow upload is no attack on this machine, and a client's idle connection is worth keeping.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  const { url, port, close } = await listen(server, options);
  return { endpoint: url, port, stop: close };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  options: DoorOptions,
): Promise<void> {
  const call = await callOf(request);
  if (call.service === "engine") {
    if (options.pages) return options.pages(request, response, call);
    return answerError(request, response, 404, "NotFound", "This engine serves no pages.");
  }
  const { keys = new AccessKeys(), region } = options;
  const refusal = await refusalOf(request, { keys, region, body: call.body });
  if (refusal && call.service !== "s3") {
    const code = refusal.code === "SignatureDoesNotMatch" ? "InvalidSignatureException" : refusal.code;
    return answerError(request, response, 403, code, refusal.message);
  }
  // A preflight asks for nobody, although the address that it asks about may be signed.
  const accessKeyId = refusal || request.method === "OPTIONS" ? undefined : call.accessKeyId;
  const caller = accessKeyId === undefined ? undefined : options.callerOf?.(accessKeyId);
  const denied = caller && (await denialOf(request, call, caller, options));
  if (denied !== undefined && call.service !== "s3") return answerDenied(request, response, call, denied);
  const service = options.services[call.service];
  if (!service) {
    const known = Object.keys(options.services).sort().join(", ");
    const message = `This engine has no service "${call.service}". It has: ${known}.`;
    return answerError(request, response, 501, "UnknownService", message);
  }
  const key = call.service === "s3" ? addressOf(request).key : undefined;
  const fault = options.faults.takeService(call.service, call.operation, key);
  if (fault?.kind === "slow") await (fault.until ?? sleep(fault.delayMs ?? 1000));
  if (fault?.kind === "error500") {
    await call.body();
    const code = call.service === "dynamodb" ? "InternalServerError" : "InternalError";
    return answerError(request, response, 500, code, "We encountered an internal error. Please try again.");
  }
  const refused = denied === undefined ? refusal : ({ code: "AccessDenied", message: denied } as const);
  await service(request, response, {
    ...call,
    ...(caller && { caller }),
    ...(refused && { refusal: refused }),
  });
}

const SERVICE_OF_TARGET: Record<string, string> = {
  AmazonSQS: "sqs",
  AWSCognitoIdentityProviderService: "cognito-idp",
  AWSStepFunctions: "states",
  GraniteServiceVersion20100801: "monitoring",
  DynamoDB_20120810: "dynamodb",
};

async function callOf(request: IncomingMessage): Promise<Call> {
  const url = request.url ?? "/";
  const body = bodyOf(request);
  const credential =
    /Credential=([^/\s]+)\/\d{8}\/(?:[^/\s]+\/)?([^/\s]+)\/aws4_request/.exec(
      request.headers.authorization ?? "",
    ) ??
    /[?&]X-Amz-Credential=([^/&]+?)(?:%2F|\/)\d{8}(?:%2F|\/)(?:[^/&]+?(?:%2F|\/))?([^/&%]+)(?:%2F|\/)aws4_request/i.exec(
      url,
    );
  if (!credential && /^\/_engine(\/|$|\?)/.test(url)) return { service: "engine", body };
  const target = request.headers["x-amz-target"];
  const [targetPrefix = "", targetOperation] = typeof target === "string" ? target.split(".") : [];
  const service = credential?.[2] ?? SERVICE_OF_TARGET[targetPrefix] ?? "s3";
  const operation =
    service === "s3" ? operationOf(request) : (targetOperation ?? (await actionOf(request, service, body)));
  return {
    service,
    ...(operation !== undefined && { operation }),
    ...(credential?.[1] !== undefined && { accessKeyId: credential[1] }),
    body,
  };
}

/** The operation of services whose address or form body names it. */
async function actionOf(
  request: IncomingMessage,
  service: string,
  body: Call["body"],
): Promise<string | undefined> {
  if (service === "lambda")
    return /\/functions\/[^/]+\/invocations/.test(request.url ?? "") ? "Invoke" : undefined;
  if (!request.headers["content-type"]?.includes("x-www-form-urlencoded")) return undefined;
  return new URLSearchParams((await body()).toString("utf8")).get("Action") ?? undefined;
}

function bodyOf(request: IncomingMessage): () => Promise<Buffer> {
  let read: Promise<Buffer> | undefined;
  return () => {
    read ??= readBody(request);
    return read;
  };
}

/** Reads into one buffer of the announced length, so that a large upload is in memory once. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? Number.NaN);
  if (!Number.isSafeInteger(announced)) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  const whole = Buffer.allocUnsafeSlow(announced);
  let length = 0;
  for await (const chunk of request) length += (chunk as Buffer).copy(whole, length);
  return whole;
}

function answerFailure(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (request.destroyed && !request.complete) return;
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else answerError(request, response, 500, "InternalFailure", message);
}

/** Answers an error in the manner of the caller's protocol: JSON where it speaks JSON, XML otherwise. */
function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  response.statusCode = status;
  const json =
    request.headers["x-amz-target"] !== undefined || /json/.test(request.headers["content-type"] ?? "");
  if (json) {
    response.setHeader("content-type", "application/x-amz-json-1.0");
    response.setHeader("x-amzn-errortype", code);
    response.end(JSON.stringify({ __type: code, message, Message: message }));
  } else {
    response.setHeader("content-type", "application/xml");
    const text = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`,
    );
  }
}
