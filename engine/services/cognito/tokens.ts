/** Tokens with the claims that Cognito's have, and the refresh tokens that they are renewed with. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { decodeJwt, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { OAuthError } from "./errors.ts";
import type { TokenSet, User } from "./types.ts";
import type { Client, UserPool, UserPools } from "./user-pools.ts";

export interface SignIn {
  client: Client;
  user: User;
  scopes: string[];
  nonce?: string | undefined;
  /** Instead of what the client says. */
  validForSeconds?: number | undefined;
}

/** A sign-in that a refresh token stands for. */
interface Grant {
  client: Client;
  user: User;
  scopes: string[];
  /** What all tokens that come of it have in common. */
  originJti: string;
  /** Seconds, as in tokens. */
  authTime: number;
}

export class Tokens {
  readonly #pools: UserPools;
  /** By refresh token. */
  readonly #grants = new Map<string, Grant>();

  constructor(pools: UserPools) {
    this.#pools = pools;
  }

  async issue({ client, user, scopes, ...own }: SignIn): Promise<TokenSet> {
    const grant = { client, user, scopes, originJti: randomUUID(), authTime: nowInSeconds() };
    const refreshToken = randomBytes(32).toString("base64url");
    this.#grants.set(refreshToken, grant);
    return { ...(await tokensOf(grant, own)), refreshToken };
  }

  /** @throws OAuthError */
  async refresh(client: Client, refreshToken: string): Promise<TokenSet> {
    const grant = this.#grants.get(refreshToken);
    if (grant?.client !== client || grant.authTime + client.refreshTokenSeconds <= nowInSeconds())
      throw new OAuthError("invalid_grant", "Invalid Refresh Token");
    if (client.pool.user(grant.user.sub) !== grant.user)
      throw new OAuthError("invalid_grant", "User does not exist.");
    return { ...(await tokensOf(grant, {})), refreshToken };
  }

  /** One that is unknown is as good as revoked. @throws OAuthError */
  revoke(client: Client, token: string): void {
    if (token.split(".").length === 3)
      throw new OAuthError("unsupported_token_type", "Only refresh tokens can be revoked.");
    if (this.#grants.get(token)?.client === client) this.#grants.delete(token);
  }

  /** The claims of an ID or access token of any pool here that has not expired. */
  async verify(token: string): Promise<JWTPayload> {
    const { iss } = decodeJwt(token);
    const pool = this.#pools.all.find(({ issuer }) => issuer === iss);
    if (!pool) throw new Error(`There is no user pool here with the issuer ${iss}.`);
    const { publicKey } = await pool.keys();
    const options = { issuer: pool.issuer, algorithms: ["RS256"], requiredClaims: ["exp"] };
    return (await jwtVerify(token, publicKey, options)).payload;
  }
}

async function tokensOf(
  { client, user, scopes, originJti, authTime }: Grant,
  { nonce, validForSeconds }: Pick<SignIn, "nonce" | "validForSeconds">,
): Promise<Omit<TokenSet, "refreshToken">> {
  const groups = client.pool.groupsOf(user);
  const common = {
    sub: user.sub,
    ...(groups.length > 0 && { "cognito:groups": groups }),
    origin_jti: originJti,
    event_id: randomUUID(),
    auth_time: authTime,
  };
  const expiresIn = validForSeconds ?? client.accessTokenSeconds;
  const access = {
    ...common,
    version: 2,
    client_id: client.id,
    token_use: "access",
    scope: scopes.join(" "),
    username: user.sub,
  };
  const accessToken = await sign(client.pool, access, expiresIn);
  const identity = {
    ...common,
    ...(showsEmail(scopes) && { email_verified: true, email: user.email }),
    at_hash: createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url"),
    "cognito:username": user.sub,
    token_use: "id",
    aud: client.id,
    ...(nonce !== undefined && { nonce }),
  };
  const idToken = await sign(client.pool, identity, validForSeconds ?? client.idTokenSeconds);
  return { idToken, accessToken, expiresIn, scopes };
}

async function sign(pool: UserPool, claims: JWTPayload, validForSeconds: number): Promise<string> {
  const { jwk, privateKey } = await pool.keys();
  const now = nowInSeconds();
  return new SignJWT(claims)
    .setProtectedHeader({ kid: jwk.kid, alg: "RS256" })
    .setIssuer(pool.issuer)
    .setIssuedAt(now)
    .setExpirationTime(now + validForSeconds)
    .setJti(randomUUID())
    .sign(privateKey);
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html */
function showsEmail(scopes: string[]): boolean {
  const revealing = ["email", "profile", "aws.cognito.signin.user.admin"];
  return scopes.every((scope) => scope === "openid") || scopes.some((scope) => revealing.includes(scope));
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
