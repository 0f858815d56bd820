/** Signing up, confirming it, and getting a new password for a forgotten one. */
import * as z from "zod";
import { CognitoError, invalidParameter } from "../errors.ts";
import type { Client, User } from "../pool.ts";
import { attributeList, delivery, deliveryTo, type Operation, operation, userIn } from "./operation.ts";

const named = z.object({ ClientId: z.string(), Username: z.string().min(1) });
const confirmation = named.extend({ ConfirmationCode: z.string().min(1) });

export const signUpOperations: Record<string, Operation> = {
  SignUp: operation(
    named.extend({ Password: z.string(), UserAttributes: attributeList }),
    async ({ ClientId, Username, Password, UserAttributes }, { directory, accounts }) => {
      const { pool } = directory.client(ClientId);
      const { email = Username, ...attributes } = UserAttributes;
      if (email !== Username) throw invalidParameter("Username and the attribute email are to be the same.");
      const user = await accounts.signUp(pool, { email, password: Password, attributes });
      return { UserConfirmed: false, UserSub: user.sub, CodeDeliveryDetails: deliveryTo(user) };
    },
  ),

  ConfirmSignUp: operation(
    confirmation,
    ({ ClientId, Username, ConfirmationCode }, { directory, accounts }) => {
      const client = directory.client(ClientId);
      accounts.confirm(userWithCode(client, Username), ConfirmationCode);
      return {};
    },
  ),

  ResendConfirmationCode: operation(named, ({ ClientId, Username }, { directory, accounts }) => {
    const user = userOrDecoy(directory.client(ClientId), Username);
    if (user) accounts.resendCode(user);
    return { CodeDeliveryDetails: delivery(Username) };
  }),

  ForgotPassword: operation(named, ({ ClientId, Username }, { directory, accounts }) => {
    const user = userOrDecoy(directory.client(ClientId), Username);
    if (user) accounts.forgetPassword(user);
    return { CodeDeliveryDetails: delivery(Username) };
  }),

  ConfirmForgotPassword: operation(
    confirmation.extend({ Password: z.string() }),
    async ({ ClientId, Username, ConfirmationCode, Password }, { directory, accounts }) => {
      const client = directory.client(ClientId);
      const user = userWithCode(client, Username);
      await accounts.resetPassword(client.pool, user, ConfirmationCode, Password);
      return {};
    },
  ),
};

/** Nobody for an unknown name, where that is not to be told. @throws UserNotFoundException where it is. */
function userOrDecoy(client: Client, name: string): User | undefined {
  return client.hidesUserExistence ? client.pool.user(name) : userIn(client.pool, name);
}

function userWithCode(client: Client, name: string): User {
  const user = userOrDecoy(client, name);
  if (user) return user;
  throw new CognitoError("ExpiredCodeException", "Invalid code provided, please request a code again.");
}
