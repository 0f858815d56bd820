/** Cognito's API at the door, in AWS JSON 1.1: what apps call unsigned, and what administrators call. */
import * as z from "zod";
import { jsonAnswer, readAwsJson } from "../../../http/aws-json.ts";
import { JSON_1_1, jsonErrors, ServiceError } from "../../../http/errors.ts";
import type { ServiceApi, ServiceDescription } from "../../../http/service.ts";
import { CognitoError } from "../errors.ts";
import { Expiring } from "../expiring.ts";
import type { Client, User } from "../pool.ts";
import { adminOperations } from "./admin.ts";
import { authOperations } from "./auth.ts";
import type { Operation, UsersContext } from "./operation.ts";
import { signUpOperations } from "./sign-up.ts";

const operations: Record<string, Operation> = { ...signUpOperations, ...authOperations, ...adminOperations };

export const COGNITO: ServiceDescription = {
  name: "cognito-idp",
  title: "Cognito",
  operations: Object.keys(operations).sort(),
};

export function cognitoApi(given: Omit<UsersContext, "challenges">): ServiceApi {
  const context = { ...given, challenges: new Expiring<{ client: Client; user: User }>() };
  return {
    ...COGNITO,
    target: "AWSCognitoIdentityProviderService",
    async read(call) {
      const { operation: name, text } = await readAwsJson(call);
      return {
        name,
        permissions: undefined,
        async perform() {
          try {
            const content = await operations[name]?.(parse(text), context);
            return jsonAnswer(content ?? {}, { contentType: JSON_1_1 });
          } catch (cause) {
            const error = cause instanceof z.ZodError ? invalid(cause) : cause;
            if (!(error instanceof CognitoError)) throw error;
            throw new ServiceError(error.name, error.message);
          }
        },
      };
    },
    writeError: jsonErrors({ contentType: JSON_1_1 }),
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
