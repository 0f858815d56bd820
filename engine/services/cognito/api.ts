/** Cognito's API, in AWS JSON 1.1: what it takes to find somebody's account, to have it in a group, and to delete it. */
import * as z from "zod";
import { JSON_1_1 } from "../../http/answers.ts";
import { jsonService, readInput } from "../../http/aws-json.ts";
import { ServiceError } from "../../http/errors.ts";
import type { ServiceApi, ServiceDescription } from "../../http/service.ts";
import type { User } from "./types.ts";
import type { UserPool, UserPools } from "./user-pools.ts";

export const COGNITO: ServiceDescription = {
  name: "cognito-idp",
  title: "Cognito",
  operations: ["AdminAddUserToGroup", "AdminDeleteUser", "AdminRemoveUserFromGroup", "ListUsers"],
};

export function cognitoApi(pools: UserPools): ServiceApi {
  return jsonService(COGNITO, {
    target: "AWSCognitoIdentityProviderService",
    contentType: JSON_1_1,
    operations: {
      AdminAddUserToGroup: (input) => {
        const { pool, user, group } = membership(input, pools);
        pool.addToGroup(user, group);
        return {};
      },
      AdminRemoveUserFromGroup: (input) => {
        const { pool, user, group } = membership(input, pools);
        pool.removeFromGroup(user, group);
        return {};
      },
      AdminDeleteUser: (input) => deleteUser(read(deleteUserInput, input), pools),
      ListUsers: (input) => listUsers(read(listUsersInput, input), pools),
    },
    permissionsFor(operation, input) {
      const resource = z.object({ UserPoolId: z.string() }).safeParse(input).data?.UserPoolId;
      const pool = pools.all.find(({ id }) => id === resource);
      return pool && [{ action: `cognito-idp:${operation}`, resource: pool.arn }];
    },
  });
}

const read = <S extends z.ZodType>(schema: S, input: unknown) =>
  readInput(schema, input, "InvalidParameterException");

const deleteUserInput = z.object({ UserPoolId: z.string(), Username: z.string() });

function deleteUser({ UserPoolId, Username }: z.infer<typeof deleteUserInput>, pools: UserPools): object {
  const { pool, user } = userIn(pools, UserPoolId, Username);
  pool.removeUser(user);
  return {};
}

function userIn(pools: UserPools, poolId: string, name: string): { pool: UserPool; user: User } {
  const pool = pools.pool(poolId);
  const user = pool.user(name);
  if (!user) throw new ServiceError("UserNotFoundException", "User does not exist.");
  return { pool, user };
}

const membershipInput = deleteUserInput.extend({ GroupName: z.string() });

function membership(input: unknown, pools: UserPools): { pool: UserPool; user: User; group: string } {
  const { UserPoolId, Username, GroupName } = read(membershipInput, input);
  const { pool, user } = userIn(pools, UserPoolId, Username);
  if (!pool.groups.includes(GroupName))
    throw new ServiceError("ResourceNotFoundException", "Group not found.");
  return { pool, user, group: GroupName };
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

/** `email = "a@example.org"`, or `sub = "…"`: https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html */
function filterOf(filter: string): (user: User) => boolean {
  if (filter.trim() === "") return () => true;
  const parts = /^\s*"?(email|sub)"?\s*=\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter);
  if (!parts) {
    const message = `Error while parsing filter. Here is email or sub, then =, then a value in quotes.`;
    throw new ServiceError("InvalidParameterException", message);
  }
  const [, name, quoted = ""] = parts;
  const value = quoted.replace(/\\(.)/g, "$1");
  return ({ sub, email }) => (name === "sub" ? sub : email) === value;
}
