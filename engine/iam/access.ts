/** What permissions a call at the door needs. */
import type { IncomingMessage } from "node:http";
import type { Call } from "../http/endpoint.ts";
import { dynamodbAccesses } from "../services/dynamodb/permissions.ts";
import { s3Accesses } from "../services/s3/permissions.ts";
import { type Access, type Caller, unknownOperation } from "./caller.ts";
import { cloudwatchAccesses, lambdaAccesses, snsAccesses, sqsAccesses, statesAccesses } from "./services.ts";

export interface Place {
  region: string;
  accountId: string;
}

/** Why the caller may not do what it asks for; undefined when it may. */
export async function denialOf(
  request: IncomingMessage,
  call: Call,
  caller: Caller,
  place: Place,
): Promise<string | undefined> {
  const accesses = await accessesOf(request, call, place);
  const { service, operation = `${request.method} ${request.url}` } = call;
  if (!accesses) return unknownOperation(caller, `${service}:${operation}`);
  for (const access of accesses) {
    const denied = caller.forbids(access);
    if (denied !== undefined) return denied;
  }
  return undefined;
}

/** Undefined when nobody has said yet what the operation needs. */
async function accessesOf(
  request: IncomingMessage,
  call: Call,
  { region, accountId }: Place,
): Promise<Access[] | undefined> {
  const { service, operation = "" } = call;
  const prefix = `arn:aws:${service}:${region}:${accountId}:`;
  const json = async () => parsed((await call.body()).toString("utf8"));
  const form = async () => new URLSearchParams((await call.body()).toString("utf8"));
  switch (service) {
    case "s3":
      return s3Accesses(request, operation);
    case "dynamodb":
      return dynamodbAccesses(operation, await json(), prefix);
    case "states":
      return statesAccesses(operation, await json());
    case "sqs":
      return sqsAccesses(operation, await json(), prefix);
    case "sns":
      return snsAccesses(operation, await form());
    case "lambda":
      return lambdaAccesses(operation, request.url ?? "", prefix);
    case "monitoring": {
      const isForm = /x-www-form-urlencoded/.test(request.headers["content-type"] ?? "");
      return cloudwatchAccesses(operation, isForm ? Object.fromEntries(await form()) : await json());
    }
    case "sts":
      // Anyone may ask who they are, even where a policy denies it.
      return operation === "GetCallerIdentity" ? [] : undefined;
    default:
      return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return undefined;
  }
}
