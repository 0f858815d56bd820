/** Cognito's API at the endpoint, in AWS JSON 1.1: what it takes to find somebody's account, and to delete it. */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { DoorService } from "../../http/endpoint.ts";
import { CognitoError } from "./errors.ts";
import type { User } from "./types.ts";
import type { UserPools } from "./user-pools.ts";

/** @throws CognitoError, or ZodError for input of a wrong shape. */
type Operation = (input: unknown, pools: UserPools) => object;

const OPERATIONS = new Map<string, Operation>([
  ["ListUsers", (input, pools) => listUsers(listUsersInput.parse(input), pools)],
  ["AdminDeleteUser", (input, pools) => deleteUser(deleteUserInput.parse(input), pools)],
]);

export function cognitoApi(pools: UserPools): DoorService {
  return async (_request, response, { operation: name = "", body }) => {
    const answer = (status: number, content: object, headers = {}) =>
      response
        .writeHead(status, {
          "content-type": "application/x-amz-json-1.1",
          "x-amzn-requestid": randomUUID(),
          ...headers,
        })
        .end(JSON.stringify(content));
    const refuse = (status: number, error: string, message: string) =>
      answer(status, { __type: error, message }, { "x-amzn-errortype": error });

    const operation = OPERATIONS.get(name);
    if (!operation) {
      const known = [...OPERATIONS.keys()].join(" and ");
      return void refuse(501, "NotImplemented", `Of Cognito's API there is ${known} here; not ${name}.`);
    }
    try {
      answer(200, operation(parse((await body()).toString("utf8")), pools));
    } catch (error) {
      if (error instanceof z.ZodError) refuse(400, "InvalidParameterException", z.prettifyError(error));
      else if (error instanceof CognitoError) refuse(400, error.name, error.message);
      else throw error;
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

const deleteUserInput = z.object({ UserPoolId: z.string(), Username: z.string() });

function deleteUser({ UserPoolId, Username }: z.infer<typeof deleteUserInput>, pools: UserPools): object {
  const pool = pools.pool(UserPoolId);
  const user = pool.user(Username);
  if (!user) throw new CognitoError("UserNotFoundException", "User does not exist.");
  pool.removeUser(user);
  return {};
}

/** An argument that would not be heeded is refused. */
const listUsersInput = z.strictObject({ UserPoolId: z.string(), Filter: z.string().default("") });

function listUsers({ UserPoolId, Filter }: z.infer<typeof listUsersInput>, pools: UserPools): object {
  const found = pools.pool(UserPoolId).users().filter(filterOf(Filter));
  return {
    Users: found.map(({ sub, email, createdAt }) => ({
      Username: sub,
      UserStatus: "CONFIRMED",
      Enabled: true,
      UserCreateDate: createdAt.getTime() / 1000,
      UserLastModifiedDate: createdAt.getTime() / 1000,
      Attributes: [
        { Name: "sub", Value: sub },
        { Name: "email_verified", Value: "true" },
        { Name: "email", Value: email },
      ],
    })),
  };
}

/** `email = "a@example.org"`, or `^=` for how it starts: https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html */
function filterOf(filter: string): (user: User) => boolean {
  if (filter.trim() === "") return () => true;
  const parts = /^\s*"?(email|sub|username)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter);
  if (!parts) {
    const message = `Error while parsing filter. Here is email, sub or username, then = or ^=, then a value in quotes.`;
    throw new CognitoError("InvalidParameterException", message);
  }
  const [, name, operator, quoted = ""] = parts;
  const value = quoted.replace(/\\(.)/g, "$1");
  return ({ sub, email }) => {
    const actual = name === "email" ? email : sub;
    return operator === "=" ? actual === value : actual.startsWith(value);
  };
}
