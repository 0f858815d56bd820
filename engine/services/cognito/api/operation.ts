/** What the operations of the API have in common. */
import * as z from "zod";
import { type Accounts, userNotFound } from "../accounts.ts";
import type { Directory } from "../directory.ts";
import type { Expiring } from "../expiring.ts";
import { type Client, emailOf, type Pool, type User } from "../pool.ts";
import type { TokenSet, Tokens } from "../tokens.ts";

export interface UsersContext {
  directory: Directory;
  accounts: Accounts;
  tokens: Tokens;
  /** Sign-ins that wait for a new password, by the session that they were told. */
  challenges: Expiring<{ client: Client; user: User }>;
}

/** @throws CognitoError, or ZodError for input of a wrong shape. */
export type Operation = (input: unknown, context: UsersContext) => Promise<object> | object;

/** An operation with its input checked. */
export function operation<S extends z.ZodType>(
  schema: S,
  run: (input: z.infer<S>, context: UsersContext) => Promise<object> | object,
): Operation {
  return (input, context) => run(schema.parse(input), context);
}

/** A list of `{Name, Value}` as an object. */
export const attributeList = z
  .array(z.object({ Name: z.string(), Value: z.string().default("") }))
  .default([])
  .transform(
    (list): Record<string, string> => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])),
  );

/** @throws UserNotFoundException */
export function userIn(pool: Pool, name: string): User {
  const user = pool.user(name);
  if (!user) throw userNotFound();
  return user;
}

export function attributesOf(user: User): { Name: string; Value: string }[] {
  const all = [["sub", user.sub] as const, ...user.attributes];
  return all.map(([Name, Value]) => ({ Name, Value }));
}

/** `t***@e***`, as Cognito says where it sent a code. */
export function delivery(email: string): object {
  const Destination = email.replace(/^(.)[^@]*@(.).*$/, "$1***@$2***");
  return { AttributeName: "email", DeliveryMedium: "EMAIL", Destination };
}

export function deliveryTo(user: User): object {
  return delivery(emailOf(user));
}

export function authenticationResult(tokens: TokenSet, withRefreshToken: boolean): object {
  return {
    ChallengeParameters: {},
    AuthenticationResult: {
      AccessToken: tokens.accessToken,
      IdToken: tokens.idToken,
      ...(withRefreshToken && { RefreshToken: tokens.refreshToken }),
      ExpiresIn: tokens.expiresIn,
      TokenType: "Bearer",
    },
  };
}

export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
