/** What administrators do with users and pools. Functions may do none of it: local/iam/access/ knows no permission for it. */
import * as z from "zod";
import { CognitoError, invalidParameter } from "../errors.ts";
import { USUAL_POLICY } from "../passwords.ts";
import type { Client, Pool, User } from "../pool.ts";
import { attributeList, attributesOf, type Operation, operation, seconds, userIn } from "./operation.ts";

const inPool = z.object({ UserPoolId: z.string() });
const ofUser = inPool.extend({ Username: z.string() });

export const adminOperations: Record<string, Operation> = {
  AdminCreateUser: operation(
    ofUser.extend({
      TemporaryPassword: z.string().optional(),
      UserAttributes: attributeList,
      MessageAction: z.enum(["RESEND", "SUPPRESS"]).optional(),
    }),
    async (input, { directory, accounts }) => {
      const { UserPoolId, Username, TemporaryPassword, UserAttributes, MessageAction } = input;
      if (MessageAction === "RESEND") throw invalidParameter("Here an invitation cannot be sent again.");
      const { email = Username, ...attributes } = UserAttributes;
      if (email !== Username) throw invalidParameter("Username and the attribute email are to be the same.");
      const silent = MessageAction === "SUPPRESS";
      const account = { email, password: TemporaryPassword, attributes, silent };
      const user = await accounts.create(directory.pool(UserPoolId), account);
      return { User: { ...describedUser(user), Attributes: attributesOf(user) } };
    },
  ),

  AdminSetUserPassword: operation(
    ofUser.extend({ Password: z.string(), Permanent: z.boolean().default(false) }),
    async ({ UserPoolId, Username, Password, Permanent }, { directory, accounts }) => {
      const pool = directory.pool(UserPoolId);
      await accounts.setPassword(pool, userIn(pool, Username), Password, Permanent);
      return {};
    },
  ),

  AdminGetUser: operation(ofUser, ({ UserPoolId, Username }, { directory }) => {
    const user = userIn(directory.pool(UserPoolId), Username);
    return { ...describedUser(user), UserAttributes: attributesOf(user) };
  }),

  AdminDeleteUser: operation(ofUser, ({ UserPoolId, Username }, { directory, tokens }) => {
    const pool = directory.pool(UserPoolId);
    const user = userIn(pool, Username);
    pool.removeUser(user);
    tokens.revokeAll(user);
    return {};
  }),

  ListUsers: operation(
    inPool.extend({
      AttributesToGet: z.array(z.string()).optional(),
      Filter: z.string().default(""),
      Limit: z.number().int().min(0).max(60).default(60),
      PaginationToken: z.string().optional(),
    }),
    ({ UserPoolId, AttributesToGet: wanted, Filter, Limit, PaginationToken }, { directory }) => {
      const found = directory.pool(UserPoolId).users().filter(filterOf(Filter));
      const from = Number(PaginationToken ?? 0);
      if (!Number.isSafeInteger(from) || from < 0) throw invalidParameter("Invalid pagination token.");
      const to = from + (Limit || 60);
      return {
        Users: found.slice(from, to).map((user) => ({
          ...describedUser(user),
          Attributes: attributesOf(user).filter(({ Name }) => wanted?.includes(Name) ?? true),
        })),
        ...(to < found.length && { PaginationToken: String(to) }),
      };
    },
  ),

  DescribeUserPool: operation(inPool, ({ UserPoolId }, { directory }) => ({
    UserPool: describedPool(directory.pool(UserPoolId)),
  })),

  DescribeUserPoolClient: operation(
    inPool.extend({ ClientId: z.string() }),
    ({ UserPoolId, ClientId }, { directory }) => {
      const client = directory.pool(UserPoolId).clients.get(ClientId);
      if (client) return { UserPoolClient: describedClient(client) };
      const message = `User pool client ${ClientId} does not exist.`;
      throw new CognitoError("ResourceNotFoundException", message);
    },
  ),
};

/** `email = "a@example.org"`, or `^=` for how it starts: https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html */
function filterOf(filter: string): (user: User) => boolean {
  if (filter.trim() === "") return () => true;
  const parts = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter);
  const [, name = "", operator, quoted = ""] = parts ?? [];
  if (!parts) throw invalidParameter("Error while parsing filter.");
  const value = quoted.replace(/\\(.)/g, "$1");
  return (user) => {
    const actual = detailOf(user, name);
    return actual !== undefined && (operator === "=" ? actual === value : actual.startsWith(value));
  };
}

function detailOf(user: User, name: string): string | undefined {
  if (name === "sub" || name === "username") return user.sub;
  if (name === "cognito:user_status") return user.status;
  if (name === "status") return "Enabled";
  return user.attributes.get(name);
}

function describedUser({ sub, status, createdAt, modifiedAt }: User): object {
  return {
    Username: sub,
    UserStatus: status,
    Enabled: true,
    UserCreateDate: seconds(createdAt),
    UserLastModifiedDate: seconds(modifiedAt),
  };
}

function describedPool(pool: Pool): object {
  const { id, arn, config, createdAt, domain } = pool;
  const policy = config.passwordPolicy ?? USUAL_POLICY;
  return {
    Id: id,
    Arn: arn,
    Name: config.name,
    ...(domain !== undefined && { Domain: domain }),
    UsernameAttributes: ["email"],
    AutoVerifiedAttributes: ["email"],
    UsernameConfiguration: { CaseSensitive: config.caseSensitive ?? true },
    MfaConfiguration: "OFF",
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: config.selfSignUp === false },
    Policies: {
      PasswordPolicy: {
        MinimumLength: policy.minimumLength,
        RequireLowercase: policy.lowercase,
        RequireUppercase: policy.uppercase,
        RequireNumbers: policy.numbers,
        RequireSymbols: policy.symbols,
      },
    },
    EstimatedNumberOfUsers: pool.users().length,
    CreationDate: seconds(createdAt),
    LastModifiedDate: seconds(createdAt),
  };
}

function describedClient(client: Client): object {
  return {
    UserPoolId: client.pool.id,
    ClientId: client.id,
    ClientName: client.name,
    CallbackURLs: client.callbackUrls,
    LogoutURLs: client.logoutUrls,
    AllowedOAuthFlows: client.oauthFlows,
    AllowedOAuthScopes: client.scopes,
    AllowedOAuthFlowsUserPoolClient: client.oauthFlows.length > 0,
    ExplicitAuthFlows: client.authFlows,
    SupportedIdentityProviders: ["COGNITO"],
    AccessTokenValidity: client.accessTokenSeconds,
    IdTokenValidity: client.idTokenSeconds,
    RefreshTokenValidity: client.refreshTokenSeconds,
    TokenValidityUnits: { AccessToken: "seconds", IdToken: "seconds", RefreshToken: "seconds" },
    PreventUserExistenceErrors: client.hidesUserExistence ? "ENABLED" : "LEGACY",
    EnableTokenRevocation: true,
  };
}
