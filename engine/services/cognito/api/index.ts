/** Cognito's API at the door, in AWS JSON 1.1: what apps call unsigned, and what administrators call. */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { DoorService } from "../../../http/endpoint.ts";
import { CognitoError } from "../errors.ts";
import { Expiring } from "../expiring.ts";
import type { Client, User } from "../pool.ts";
import { adminOperations } from "./admin.ts";
import { authOperations } from "./auth.ts";
import type { Operation, UsersContext } from "./operation.ts";
import { signUpOperations } from "./sign-up.ts";

const operations: Record<string, Operation> = { ...signUpOperations, ...authOperations, ...adminOperations };

export function cognitoApi(given: Omit<UsersContext, "challenges">): DoorService {
  const context = { ...given, challenges: new Expiring<{ client: Client; user: User }>() };
  return async (_request, response, call) => {
    const answer = (status: number, body: object, error?: string) =>
      response
        .writeHead(status, {
          "content-type": "application/x-amz-json-1.1",
          "x-amzn-requestid": randomUUID(),
          ...(error !== undefined && { "x-amzn-errortype": error }),
        })
        .end(JSON.stringify(body));
    try {
      const { operation: name = "" } = call;
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (!operation) {
        const message = `Of Cognito's API there is ${Object.keys(operations).sort().join(", ")}; not ${name}.`;
        throw new CognitoError("UnknownOperationException", message);
      }
      answer(200, await operation(parse((await call.body()).toString("utf8")), context));
    } catch (cause) {
      const error = cause instanceof z.ZodError ? invalid(cause) : cause;
      if (!(error instanceof CognitoError)) throw error;
      answer(400, { __type: error.name, message: error.message }, error.name);
    }
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    throw new CognitoError("SerializationException", "The request body is not JSON.");
  }
}

function invalid(error: z.ZodError): CognitoError {
  return new CognitoError("InvalidParameterException", z.prettifyError(error));
}
