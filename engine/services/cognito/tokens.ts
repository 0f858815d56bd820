/** Tokens with the claims that Cognito's have, the grants they come from, and what makes them invalid. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { userNotFound } from "./accounts.ts";
import type { Directory } from "./directory.ts";
import { CognitoError, notAuthorized } from "./errors.ts";
import { Expiring } from "./expiring.ts";
import type { Client, Pool, User } from "./pool.ts";

/** What lets an access token call Cognito's own API: the scope of tokens that come from that API. */
export const SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin";

/** One sign-in to one client: what its refresh token stands for. */
interface Grant {
  id: string;
  secret: Buffer;
  client: Client;
  user: User;
  scopes: string[];
  authTime: number;
}

export interface SignIn {
  client: Client;
  user: User;
  scopes: string[];
  /** When the person proved who they are, in seconds; now when left out. */
  authTime?: number;
  nonce?: string | undefined;
  /** Instead of what the client says. */
  validForSeconds?: number | undefined;
}

export interface TokenSet {
  grantId: string;
  idToken: string;
  accessToken: string;
  refreshToken: string;
  /** Seconds that the access token lives. */
  expiresIn: number;
  scopes: string[];
}

export class Tokens {
  readonly #directory: Directory;
  /** By id, which access and ID tokens carry as `origin_jti`. */
  readonly #grants = new Expiring<Grant>();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  async issue({ client, user, scopes, authTime = seconds(), ...extra }: SignIn): Promise<TokenSet> {
    const grant = { id: randomUUID(), secret: randomBytes(32), client, user, scopes, authTime };
    this.#grants.set(grant.id, grant, client.refreshTokenSeconds);
    return tokensOf(grant, extra);
  }

  /** @throws NotAuthorizedException */
  async refresh(client: Client, refreshToken: string): Promise<TokenSet> {
    const grant = this.#grantOf(refreshToken);
    if (grant?.client !== client) throw notAuthorized("Invalid Refresh Token");
    if (!client.pool.user(grant.user.sub)) throw userNotFound();
    return tokensOf(grant, {});
  }

  /** One that is unknown is as good as revoked. @throws UnsupportedTokenTypeException */
  revoke(client: Client, token: string): void {
    if (token.startsWith("ey") && token.split(".").length === 3)
      throw new CognitoError("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.");
    const grant = this.#grantOf(token);
    if (grant?.client === client) this.revokeGrant(grant.id);
  }

  revokeGrant(id: string): void {
    this.#grants.delete(id);
  }

  revokeAll(user: User): void {
    this.#grants.deleteWhere((grant) => grant.user === user);
  }

  /**
   * Who calls Cognito itself with that access token. Unlike elsewhere, revoked tokens are refused.
   *
   * @throws NotAuthorizedException
   */
  async caller(token: string, scope: string): Promise<{ user: User; scopes: string[] }> {
    const claims = await this.verify(token).catch((error: unknown) => {
      const expired = error instanceof errors.JWTExpired;
      throw notAuthorized(expired ? "Access Token has expired" : "Invalid Access Token");
    });
    const pool = this.#directory.poolOfIssuer(claims.iss);
    if (!pool || claims.token_use !== "access") throw notAuthorized("Invalid Access Token");
    if (!this.#grants.get(String(claims.origin_jti))) throw notAuthorized("Access Token has been revoked");
    const scopes = String(claims.scope).split(" ");
    if (!scopes.includes(scope)) throw notAuthorized("Access Token does not have required scopes");
    const user = pool.user(String(claims.sub));
    if (!user) throw userNotFound();
    return { user, scopes };
  }

  /** The claims of an ID or access token of any pool here that has not expired. */
  async verify(token: string): Promise<JWTPayload> {
    const { iss } = decodeJwt(token);
    const pool = this.#directory.poolOfIssuer(iss);
    if (!pool) throw new Error(`There is no user pool here with the issuer ${iss}.`);
    const { keySet } = await pool.keys();
    const options = { issuer: pool.issuer, algorithms: ["RS256"], requiredClaims: ["exp"] };
    return (await jwtVerify(token, keySet, options)).payload;
  }

  #grantOf(refreshToken: string): Grant | undefined {
    const [id = "", secret = ""] = refreshToken.split(".");
    const grant = this.#grants.get(id);
    const given = Buffer.from(secret, "base64url");
    const right = grant && given.length === grant.secret.length && timingSafeEqual(given, grant.secret);
    return right ? grant : undefined;
  }
}

async function tokensOf(
  grant: Grant,
  { nonce, validForSeconds }: Pick<SignIn, "nonce" | "validForSeconds">,
): Promise<TokenSet> {
  const { id, secret, client, user, scopes, authTime } = grant;
  const common = { sub: user.sub, origin_jti: id, event_id: randomUUID(), auth_time: authTime };
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
    ...attributesFor(user, scopes),
    at_hash: createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url"),
    "cognito:username": user.sub,
    token_use: "id",
    aud: client.id,
    ...(nonce !== undefined && { nonce }),
  };
  const idToken = await sign(client.pool, identity, validForSeconds ?? client.idTokenSeconds);
  const refreshToken = `${id}.${secret.toString("base64url")}`;
  return { grantId: id, idToken, accessToken, refreshToken, expiresIn, scopes };
}

async function sign(pool: Pool, claims: JWTPayload, validForSeconds: number): Promise<string> {
  const { keyId, privateKey } = await pool.keys();
  const now = seconds();
  return new SignJWT(claims)
    .setProtectedHeader({ kid: keyId, alg: "RS256" })
    .setIssuer(pool.issuer)
    .setIssuedAt(now)
    .setExpirationTime(now + validForSeconds)
    .setJti(randomUUID())
    .sign(privateKey);
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html */
export function attributesFor({ attributes }: User, scopes: string[]): JWTPayload {
  const everything =
    scopes.includes("profile") ||
    scopes.includes(SELF_SERVICE_SCOPE) ||
    scopes.every((scope) => scope === "openid");
  const wanted = (name: string) =>
    everything ||
    (scopes.includes("email") && name.startsWith("email")) ||
    (scopes.includes("phone") && name.startsWith("phone_number"));
  return Object.fromEntries(
    [...attributes]
      .filter(([name]) => wanted(name))
      .map(([name, value]) => [name, name.endsWith("_verified") ? value === "true" : value]),
  );
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
