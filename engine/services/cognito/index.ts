/** User pools: one page to sign in on, tokens that verify, and what it takes to look after accounts. */
import { getRequestListener } from "@hono/node-server";
import { errors } from "jose";
import type { EngineContext } from "../../context.ts";
import { type ServerToStart, serverToStart } from "../../http/server.ts";
import type { Service } from "../../http/service.ts";
import { cognitoApi } from "./api.ts";
import { userPoolResources } from "./resources.ts";
import { createPages } from "./sign-in/pages.ts";
import { Tokens } from "./tokens.ts";
import { UserPools } from "./user-pools.ts";

export { COGNITO } from "./api.ts";

export interface TestUser {
  email: string;
  idToken: string;
  accessToken: string;
}

export interface TestUserOptions {
  /** `test@example.org` unless told; the same address is the same user. */
  email?: string;
  /** Of the first pool's first client unless told. */
  clientId?: string;
  /** As long as the client says unless told. Tokens that are valid for less than no time have expired. */
  validForSeconds?: number;
}

/** Its server has the sign-in pages. */
export interface Cognito extends Omit<Service, keyof ServerToStart>, ServerToStart {
  pools: UserPools;
  /**
   * Returns the claims, as API Gateway's JWT authorizer would: `aud`, or else `client_id`, has to be in `audience`.
   * Revoked tokens pass until they expire, as they do there.
   */
  verifyToken(
    token: string,
    expected: { issuer: string; audience: string[] },
  ): Promise<Record<string, unknown>>;
  /** A user with fresh tokens, as if they had signed in. */
  testUser(options?: TestUserOptions): Promise<TestUser>;
}

const SIGN_IN_HOST = /^[\w-]+\.auth\.[a-z0-9-]+\.amazoncognito\.com$/;
const TEST_EMAIL = "test@example.org";

/** @param options `port`: of the sign-in page, 0 for any free one. */
export function createCognito(
  context: Pick<EngineContext, "region" | "accountId" | "storage" | "host" | "origins">,
  { port }: { port: number },
): Cognito {
  const { host, origins } = context;
  const pools = new UserPools(context);
  const tokens = new Tokens(pools);
  const pages = createPages(pools, tokens, TEST_EMAIL);
  const listener = getRequestListener(pages.fetch, { overrideGlobalObjects: false });
  const server = serverToStart("aws_cognito_user_pool", { handle: listener, origins }, { host, port });

  return {
    pools,
    apis: [cognitoApi(pools)],
    resources: userPoolResources(pools),
    async verifyToken(token, { issuer, audience }) {
      const claims = await tokens.verify(token);
      if (claims.iss !== issuer)
        throw new errors.JWTClaimValidationFailed(`The token is of ${claims.iss}.`, claims, "iss");
      const meant = [claims.aud ?? String(claims.client_id)].flat();
      if (!meant.some((one) => audience.includes(one)))
        throw new errors.JWTClaimValidationFailed(`The token is meant for ${meant}.`, claims, "aud");
      return claims;
    },
    async testUser({ email = TEST_EMAIL, clientId, validForSeconds } = {}) {
      const client = pools.client(clientId);
      if (!client) throw new Error("The stack has no such user pool client.");
      const user = client.pool.userWithEmail(email);
      const { scopes } = client;
      const { idToken, accessToken } = await tokens.issue({ client, user, scopes, validForSeconds });
      return { email, idToken, accessToken };
    },
    get url() {
      return server.url;
    },
    localUrl: (host) => (SIGN_IN_HOST.test(host) ? server.url : undefined),
    start: server.start,
    stop: server.stop,
  };
}
