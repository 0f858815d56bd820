/** The endpoint: one HTTP server that AWS tools and SDKs talk to, which hands each call to the service it is signed for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { messageOf } from "../errors.ts";
import type { CallEvent } from "../events.ts";
import type { Faults } from "../faults.ts";
import { type Caller, firstRefusal, unknownPermission } from "../iam/index.ts";
import { type Answer, type Call, callOf } from "./call.ts";
import type { AccessKey, AccessKeys } from "./credentials.ts";
import { ServiceError, unknownServiceErrors } from "./errors.ts";
import { type Address, type LocalServer, startServer } from "./server.ts";
import type { Operation, ServiceApi } from "./service.ts";
import { claimedIn, refusalOf, type SignedCall } from "./signatures.ts";

export interface EndpointOptions extends Address {
  /** What signatures have to be for. */
  region: string;
  /** Those whose signatures are verified. */
  keys: AccessKeys;
  /** Who calls with the key of that function; undefined for the account's administrator, who has all keys that were not given out too. */
  callerOf(functionName: string): Caller | undefined;
  /** Of pages elsewhere that may ask. */
  origins: ReadonlySet<string>;
  faults: Faults;
  services: ServiceApi[];
  /** What the engine tells of itself, unsigned, under `/_engine/`. */
  about(call: Call): Promise<Answer>;
  onCall?(call: CallEvent): void;
}

/** @throws PortTakenError when the port is in use. */
export function startEndpoint(options: EndpointOptions): Promise<LocalServer> {
  const { host, port, origins } = options;
  const handle = (request: IncomingMessage, response: ServerResponse) => receive(request, response, options);
  return startServer({ handle, origins }, { host, port });
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  options: EndpointOptions,
): Promise<void> {
  const unsigned = callOf(request);
  const claim = claimedIn(unsigned);
  if (!claim && /^\/_engine(\/|$)/.test(unsigned.path)) {
    const answer = await options.about(unsigned).catch((error: unknown) => plainFailure(error));
    return send(answer, request, response);
  }
  const name = claim?.service ?? serviceOfTarget(unsigned, options);
  const service = options.services.find((each) => each.name === name) ?? nothingBehind(name, options);
  const key = claim && options.keys.find(claim.accessKeyId);
  const caller = key && callerWith(key, options);
  const call: Call = { ...unsigned, accessKeyId: claim?.accessKeyId, caller };
  const asked: { operation?: Operation } = {};
  const { onCall } = options;
  if (onCall) {
    const sentBefore = request.socket.bytesWritten;
    response.once("close", () =>
      onCall({
        service: name,
        operation: asked.operation?.name ?? "",
        resource: asked.operation?.resource,
        functionName: key && (key.functionName ?? applicationOf(unsigned)),
        requestBytes: Number(request.headers["content-length"] ?? 0),
        responseBytes: request.socket.bytesWritten - sentBefore,
        status: response.statusCode,
      }),
    );
  }
  const answer = await answerOf(service, { request, call, claim, key }, asked, options).catch(
    (error: unknown) => {
      if (request.destroyed && !request.complete) return undefined;
      return service.writeError(error instanceof ServiceError ? error : internalFailure(error), call);
    },
  );
  if (answer) send(answer, request, response);
}

function callerWith({ functionName, session }: AccessKey, { callerOf }: EndpointOptions): Caller | undefined {
  return session?.caller ?? (functionName === undefined ? undefined : callerOf(functionName));
}

/** As SDKs say it that are told it: https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html */
function applicationOf({ headers }: Call): string | undefined {
  return /(?:^|\s)app\/(\S+)/.exec(headers["user-agent"] ?? "")?.[1];
}

async function answerOf(
  service: ServiceApi,
  signed: Omit<SignedCall, "checksBody" | "addressesFiles">,
  asked: { operation?: Operation },
  { region, faults }: EndpointOptions,
): Promise<Answer> {
  const { call } = signed;
  const operation = await service.read(call);
  asked.operation = operation;
  if (!operation.isForNobody) {
    const { addressesFiles = false } = service;
    const checksBody = operation.checksBody === true;
    const refusal = await refusalOf({ ...signed, checksBody, addressesFiles }, region);
    if (refusal) throw new ServiceError(refusal.code, refusal.message, { status: 403, ...refusal });
  }
  const { name, perform } = operation;
  if (!perform || !service.operations.includes(name)) throw notImplemented(service, name);
  if (call.caller && !operation.isForNobody) authorize(call.caller, operation, service);
  const fault = await faults.strike(service.name, name, operation.resource);
  if (fault === "error500" || fault === "throttle") {
    await call.body();
    throw FAILURES[fault]();
  }
  const answer = await perform();
  if (fault === "disconnect") signed.request.socket.destroy();
  return answer;
}

/** Of faults: S3's codes, which other services have words of their own for. */
const FAILURES = {
  error500: () =>
    new ServiceError("InternalError", "We encountered an internal error. Please try again.", { status: 500 }),
  throttle: () => new ServiceError("SlowDown", "Please reduce your request rate.", { status: 503 }),
};

/** @throws ServiceError */
function authorize(caller: Caller, { name, permissions }: Operation, service: ServiceApi): void {
  const refusal = permissions
    ? firstRefusal(caller, permissions)
    : unknownPermission(caller, `${service.name}:${name}`);
  if (refusal !== undefined) throw new ServiceError("AccessDenied", refusal, { status: 403 });
}

function notImplemented({ title, operations }: ServiceApi, name: string): ServiceError {
  const message = `This engine's ${title} does not have ${name}. It has ${operations.join(", ")}.`;
  return new ServiceError("NotImplemented", message, { status: 501 });
}

/** In the place of a service that is not here. */
function nothingBehind(name: string, { services }: EndpointOptions): ServiceApi {
  const known = services.map((service) => service.name).sort();
  return {
    name,
    title: name,
    operations: [],
    read: () => {
      const message = `This engine does not have the service "${name}". It has ${known.join(", ")}.`;
      throw new ServiceError("NotImplemented", message, { status: 501 });
    },
    writeError: unknownServiceErrors(name),
  };
}

function serviceOfTarget({ headers }: Call, { services }: EndpointOptions): string {
  const target = String(headers["x-amz-target"] ?? "").split(".")[0];
  const service =
    services.find((each) => each.target === target) ?? services.find(({ takesUnsigned }) => takesUnsigned);
  return service?.name ?? "";
}

function plainFailure(error: unknown): Answer {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return { status: 500, headers, body: `${messageOf(error)}\n` };
}

/** What nobody has foreseen, such as a full disk: whoever runs the engine is to know as well. */
function internalFailure(error: unknown): ServiceError {
  const message = messageOf(error);
  process.emitWarning(message);
  return new ServiceError("InternalFailure", message, { status: 500 });
}

function send({ status, headers, body }: Answer, request: IncomingMessage, response: ServerResponse): void {
  // What the client still sends must be taken in before a connection can be used again.
  if (!request.complete) request.resume();
  if (body instanceof Readable) {
    response.writeHead(status, headers);
    // Who hangs up wants no more of it.
    pipeline(body, response, () => undefined);
    return;
  }
  const isBodiless = request.method === "HEAD" || status === 204 || status === 304;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, {
    ...(!isBodiless && { "content-length": String(bytes?.length ?? 0) }),
    ...headers,
  });
  response.end(isBodiless ? undefined : bytes);
}
