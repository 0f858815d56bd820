/** User pools in memory: Cognito's API for SDKs, its hosted sign-in pages on a port of their own, and tokens that verify. */
import { errors } from "jose";
import type { EngineContext } from "../../context.ts";
import type { Service } from "../../http/service.ts";
import { createAccounts } from "./accounts.ts";
import { cognitoApi } from "./api/index.ts";
import { Directory } from "./directory.ts";
import { createHosted } from "./hosted/index.ts";
import { randomPassword, USUAL_POLICY } from "./passwords.ts";
import type { Pool } from "./pool.ts";
import { userPoolResources } from "./resources.ts";
import { Tokens } from "./tokens.ts";

export { COGNITO } from "./api/index.ts";
export type { PasswordPolicy } from "./passwords.ts";
export type { ClientConfig, PoolConfig } from "./pool.ts";

export interface TestUser {
  email: string;
  password: string;
  idToken: string;
  accessToken: string;
}

export interface Cognito extends Service {
  /**
   * Returns the claims, as API Gateway's JWT authorizer would: `aud`, or else `client_id`, has to be in `audience`.
   * Revoked tokens pass until they expire, as they do there.
   */
  verifyToken(
    token: string,
    expected: { issuer: string; audience: string[] },
  ): Promise<Record<string, unknown>>;
  /**
   * A confirmed user of the first pool, `test@example.org` unless told, with fresh tokens of its first client. The same
   * e-mail is the same user. Tokens that are valid for less than no time have expired.
   */
  testUser(options?: { email?: string; validForSeconds?: number }): Promise<TestUser>;
  /** Base URL of the hosted pages; empty until they are started. */
  readonly signInUrl: string;
  /** Opens the hosted pages. @throws PortTakenError when the port is in use. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param options `port`: of the sign-in pages, 0 for any free one; `log` gets what would have been an e-mail. */
export function createCognito(
  { region, accountId, host, origins }: Pick<EngineContext, "region" | "accountId" | "host" | "origins">,
  { port, log = () => undefined }: { port: number; log?: (message: string) => void },
): Cognito {
  const directory = new Directory(region, accountId);
  const accounts = createAccounts(log);
  const tokens = new Tokens(directory);
  const hosted = createHosted({
    host,
    port,
    isAllowedOrigin: (origin) => origins.has(origin),
    directory,
    accounts,
    tokens,
  });
  const testPasswords = new Map<string, Promise<string>>();

  async function makeTestUser(pool: Pool, email: string): Promise<string> {
    const password = randomPassword(pool.config.passwordPolicy ?? USUAL_POLICY);
    const attributes = { email_verified: "true" };
    const user = await accounts.create(pool, { email, password, attributes, silent: true });
    user.status = "CONFIRMED";
    return password;
  }

  return {
    apis: [cognitoApi({ directory, accounts, tokens })],
    resources: userPoolResources({
      createPool: (config) => {
        const { id, arn, endpoint } = directory.addPool(config);
        return { id, arn, endpoint };
      },
      createClient: (config) => ({ id: directory.addClient(config).id }),
      createDomain: (domain) => directory.addDomain(domain),
    }),
    async verifyToken(token, { issuer, audience }) {
      const claims = await tokens.verify(token);
      if (claims.iss !== issuer)
        throw new errors.JWTClaimValidationFailed(`The token is of ${claims.iss}.`, claims, "iss");
      const meant = [claims.aud ?? String(claims.client_id)].flat();
      if (!meant.some((one) => audience.includes(one)))
        throw new errors.JWTClaimValidationFailed(`The token is meant for ${meant}.`, claims, "aud");
      return claims;
    },
    async testUser({ email = "test@example.org", validForSeconds } = {}) {
      const [pool] = directory.pools.values();
      const [client] = pool?.clients.values() ?? [];
      if (!pool || !client) throw new Error("The stack has no user pool with a client.");
      const making = testPasswords.get(email) ?? makeTestUser(pool, email);
      testPasswords.set(email, making);
      const password = await making;
      const user = await accounts.authenticate(client, email, password);
      const { scopes } = client;
      const { idToken, accessToken } = await tokens.issue({ client, user, scopes, validForSeconds });
      return { email, password, idToken, accessToken };
    },
    get signInUrl() {
      return hosted.url;
    },
    start: hosted.start,
    stop: hosted.stop,
  };
}
