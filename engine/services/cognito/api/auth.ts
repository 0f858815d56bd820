/** Signing in, staying signed in, signing out, and who one is. */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { CognitoError, invalidParameter, notAuthorized } from "../errors.ts";
import type { Client } from "../pool.ts";
import { SELF_SERVICE_SCOPE } from "../tokens.ts";
import {
  attributesOf,
  authenticationResult,
  type Operation,
  operation,
  type UsersContext,
} from "./operation.ts";

const SCOPES = [SELF_SERVICE_SCOPE];
const parameters = z.record(z.string(), z.string()).default({});
const accessToken = z.object({ AccessToken: z.string() });
const initiation = z.object({ ClientId: z.string(), AuthFlow: z.string(), AuthParameters: parameters });

/** The two ways to prove who one is that there are here, and the setting of the client that each needs. */
const flows: Record<
  string,
  { setting: string; run(client: Client, given: Given, context: UsersContext): Promise<object> }
> = {
  USER_PASSWORD_AUTH: { setting: "ALLOW_USER_PASSWORD_AUTH", run: withPassword },
  REFRESH_TOKEN_AUTH: { setting: "ALLOW_REFRESH_TOKEN_AUTH", run: withRefreshToken },
  REFRESH_TOKEN: { setting: "ALLOW_REFRESH_TOKEN_AUTH", run: withRefreshToken },
};

type Given = Record<string, string>;

const CHALLENGE_SECONDS = 180;

export const authOperations: Record<string, Operation> = {
  InitiateAuth: operation(initiation, ({ ClientId, AuthFlow, AuthParameters }, context) => {
    const client = context.directory.client(ClientId);
    const flow = Object.hasOwn(flows, AuthFlow) ? flows[AuthFlow] : undefined;
    if (!flow)
      throw invalidParameter(`Here are the flows ${Object.keys(flows).join(", ")}; ${AuthFlow} is not.`);
    if (!client.authFlows.includes(flow.setting))
      throw invalidParameter(`${AuthFlow} flow not enabled for this client`);
    return flow.run(client, AuthParameters, context);
  }),

  RespondToAuthChallenge: operation(
    z.object({
      ClientId: z.string(),
      ChallengeName: z.string(),
      Session: z.string(),
      ChallengeResponses: parameters,
    }),
    async (
      { ClientId, ChallengeName, Session, ChallengeResponses },
      { directory, accounts, tokens, challenges },
    ) => {
      const client = directory.client(ClientId);
      const waiting = challenges.get(Session);
      if (ChallengeName !== "NEW_PASSWORD_REQUIRED" || waiting?.client !== client)
        throw notAuthorized("Invalid session for the user.");
      const { user } = waiting;
      await accounts.setPassword(client.pool, user, required(ChallengeResponses, "NEW_PASSWORD"), true);
      challenges.delete(Session);
      return authenticationResult(await tokens.issue({ client, user, scopes: SCOPES }), true);
    },
  ),

  GetUser: operation(accessToken, async ({ AccessToken }, { tokens }) => {
    const { user } = await tokens.caller(AccessToken, SELF_SERVICE_SCOPE);
    return { Username: user.sub, UserAttributes: attributesOf(user) };
  }),

  GlobalSignOut: operation(accessToken, async ({ AccessToken }, { tokens }) => {
    const { user } = await tokens.caller(AccessToken, SELF_SERVICE_SCOPE);
    tokens.revokeAll(user);
    return {};
  }),

  RevokeToken: operation(
    z.object({ ClientId: z.string(), Token: z.string() }),
    ({ ClientId, Token }, { directory, tokens }) => {
      tokens.revoke(directory.client(ClientId), Token);
      return {};
    },
  ),
};

async function withPassword(
  client: Client,
  given: Given,
  { accounts, tokens, challenges }: UsersContext,
): Promise<object> {
  const user = await accounts.authenticate(client, required(given, "USERNAME"), required(given, "PASSWORD"));
  if (user.status === "UNCONFIRMED")
    throw new CognitoError("UserNotConfirmedException", "User is not confirmed.");
  if (user.status === "CONFIRMED")
    return authenticationResult(await tokens.issue({ client, user, scopes: SCOPES }), true);
  const session = randomUUID();
  challenges.set(session, { client, user }, CHALLENGE_SECONDS);
  return {
    ChallengeName: "NEW_PASSWORD_REQUIRED",
    Session: session,
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.sub,
      requiredAttributes: "[]",
      userAttributes: JSON.stringify(Object.fromEntries(user.attributes)),
    },
  };
}

async function withRefreshToken(client: Client, given: Given, { tokens }: UsersContext): Promise<object> {
  return authenticationResult(await tokens.refresh(client, required(given, "REFRESH_TOKEN")), false);
}

function required(given: Given, name: string): string {
  const value = given[name];
  if (value === undefined) throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}
