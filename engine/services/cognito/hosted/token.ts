/** The endpoints that apps call: tokens for codes, revocation, and who a token is of. RFC 6749, 7009, OpenID Connect. */
import { createHash } from "node:crypto";
import { CognitoError } from "../errors.ts";
import type { Client } from "../pool.ts";
import { attributesFor, type TokenSet } from "../tokens.ts";
import type { Handler, HostedContext } from "./context.ts";
import { type Exchange, WrongForm } from "./exchange.ts";

/** An error under the name that OAuth has for it. */
class OAuthError extends Error {
  override name = "OAuthError";
  readonly code: string;

  constructor(code: string, description: string) {
    super(description);
    this.code = code;
  }
}

/** `POST /oauth2/token` */
export const token = answering(async (form, client, context) => {
  const grantType = form.get("grant_type") ?? "";
  if (grantType === "authorization_code") return answerOf(await forCode(form, client, context), true);
  if (grantType === "refresh_token") {
    const tokens = context.tokens.refresh(client, form.get("refresh_token") ?? "");
    return answerOf(await tokens, false);
  }
  throw new OAuthError(
    grantType === "" ? "invalid_request" : "unsupported_grant_type",
    "grant_type has to be authorization_code or refresh_token",
  );
});

/** `POST /oauth2/revoke` */
export const revoke = answering((form, client, { tokens }) => {
  const given = form.get("token");
  if (given === null) throw new OAuthError("invalid_request", "token is missing");
  tokens.revoke(client, given);
  return undefined;
});

/** `GET /oauth2/userInfo`, with an access token */
export const userInfo: Handler = async (exchange, { tokens }) => {
  const [, bearer = ""] = /^Bearer +(\S+)$/i.exec(exchange.header("authorization") ?? "") ?? [];
  try {
    const { user, scopes } = await tokens.caller(bearer, "openid");
    const attributes = Object.entries(attributesFor(user, scopes)).map(([name, value]) => [
      name,
      String(value),
    ]);
    exchange.json(200, { sub: user.sub, ...Object.fromEntries(attributes), username: user.sub });
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    const challenge = `Bearer error="invalid_token", error_description="${error.message}"`;
    exchange.json(
      401,
      { error: "invalid_token", error_description: error.message },
      { "www-authenticate": challenge },
    );
  }
};

async function forCode(
  form: URLSearchParams,
  client: Client,
  { codes, tokens }: HostedContext,
): Promise<TokenSet> {
  const issued = codes.get(form.get("code") ?? "");
  if (!issued) throw new OAuthError("invalid_grant", "The code is unknown or has expired.");
  if (issued.spent) {
    // Somebody has stolen it, or the first to use it had: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    if (issued.grantId !== undefined) tokens.revokeGrant(issued.grantId);
    throw new OAuthError("invalid_grant", "The code was used already.");
  }
  issued.spent = true;
  const { authorization, session } = issued;
  if (authorization.client !== client)
    throw new OAuthError("invalid_grant", "The code was given to another client.");
  if (authorization.redirectUri !== form.get("redirect_uri"))
    throw new OAuthError("invalid_grant", "redirect_uri is not the one that the code was sent to.");
  if (!provesChallenge(form.get("code_verifier") ?? "", authorization.challenge))
    throw new OAuthError("invalid_grant", "code_verifier does not match the code_challenge.");
  const { user, authTime } = session;
  if (client.pool.user(user.sub) !== user) throw new OAuthError("invalid_grant", "The user is gone.");
  const { scopes, nonce } = authorization;
  const made = await tokens.issue({ client, user, scopes, authTime, nonce });
  issued.grantId = made.grantId;
  return made;
}

function answerOf(tokens: TokenSet, withRefreshToken: boolean): object {
  return {
    ...(tokens.scopes.includes("openid") && { id_token: tokens.idToken }),
    access_token: tokens.accessToken,
    ...(withRefreshToken && { refresh_token: tokens.refreshToken }),
    expires_in: tokens.expiresIn,
    token_type: "Bearer",
  };
}

/** A handler of a form that names its client; errors are answered as OAuth wants them. */
function answering(
  run: (form: URLSearchParams, client: Client, context: HostedContext) => Promise<object> | undefined,
): Handler {
  return async (exchange: Exchange, context) => {
    try {
      const form = await exchange.form();
      const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1);
      if (repeated) throw new OAuthError("invalid_request", `${repeated} is there more than once`);
      exchange.json(200, await run(form, clientIn(form, context), context));
    } catch (error) {
      const { code, message } = asOAuthError(error);
      exchange.json(400, { error: code, error_description: message });
    }
  };
}

function clientIn(form: URLSearchParams, { directory }: HostedContext): Client {
  const client = directory.client(form.get("client_id") ?? "");
  if (client.pool.domain !== undefined && client.oauthFlows.includes("code")) return client;
  throw new OAuthError("unauthorized_client", "The authorization code flow is not enabled for this client.");
}

function asOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof WrongForm)
    return new OAuthError("invalid_request", "The body has to be application/x-www-form-urlencoded.");
  if (!(error instanceof CognitoError)) throw error;
  const codes: Record<string, string> = {
    ResourceNotFoundException: "invalid_client",
    UnsupportedTokenTypeException: "unsupported_token_type",
  };
  return new OAuthError(codes[error.name] ?? "invalid_grant", error.message);
}

/** https://www.rfc-editor.org/rfc/rfc7636#section-4.6 */
function provesChallenge(verifier: string, challenge: string): boolean {
  const digest = createHash("sha256").update(verifier).digest("base64url");
  return /^[\w.~-]{43,128}$/.test(verifier) && digest === challenge;
}
