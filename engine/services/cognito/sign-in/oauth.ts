/** What apps call: tokens for codes and refresh tokens, revocation, and the keys. RFC 6749, 7009, OpenID Connect. */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { OAuthError } from "../errors.ts";
import type { Tokens } from "../tokens.ts";
import type { TokenSet } from "../types.ts";
import type { Client, UserPools } from "../user-pools.ts";
import type { Codes } from "./codes.ts";

/** Called by scripts of every origin that the server lets in. */
export function createOAuthEndpoints(pools: UserPools, tokens: Tokens, codes: Codes): Hono {
  const app = new Hono();
  for (const path of ["/oauth2/token", "/oauth2/revoke", "/.well-known/jwks.json"]) app.use(path, cors());

  app.post("/oauth2/token", async (context) => {
    const form = await readForm(context.req.raw);
    const client = clientIn(form, pools);
    const grantType = form.get("grant_type") ?? "";
    if (grantType === "authorization_code") {
      const issued = await codes.exchange(client, form);
      return context.json({ ...bodyOf(issued), refresh_token: issued.refreshToken });
    }
    if (grantType === "refresh_token")
      return context.json(bodyOf(await tokens.refresh(client, form.get("refresh_token") ?? "")));
    throw new OAuthError(
      grantType === "" ? "invalid_request" : "unsupported_grant_type",
      "grant_type has to be authorization_code or refresh_token",
    );
  });

  app.post("/oauth2/revoke", async (context) => {
    const form = await readForm(context.req.raw);
    const token = form.get("token");
    if (token === null) throw new OAuthError("invalid_request", "token is missing");
    tokens.revoke(clientIn(form, pools), token);
    return context.body(null, 200);
  });

  app.get("/.well-known/jwks.json", async (context) => {
    const keys = await Promise.all(pools.all.map((pool) => pool.keys()));
    return context.json({ keys: keys.map(({ jwk }) => jwk) });
  });

  app.onError((error, context) => {
    if (error instanceof OAuthError)
      return context.json({ error: error.code, error_description: error.message }, 400);
    throw error;
  });
  return app;
}

function bodyOf({ scopes, idToken, accessToken, expiresIn }: TokenSet): object {
  return {
    ...(scopes.includes("openid") && { id_token: idToken }),
    access_token: accessToken,
    expires_in: expiresIn,
    token_type: "Bearer",
  };
}

/** @throws OAuthError */
async function readForm(request: Request): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers.get("content-type") ?? ""))
    throw new OAuthError("invalid_request", "The body has to be application/x-www-form-urlencoded.");
  const form = new URLSearchParams(await request.text());
  const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1);
  if (repeated) throw new OAuthError("invalid_request", `${repeated} is there more than once`);
  return form;
}

/** @throws OAuthError */
function clientIn(form: URLSearchParams, pools: UserPools): Client {
  const id = form.get("client_id") ?? "";
  const client = pools.client(id);
  if (!client) throw new OAuthError("invalid_client", `User pool client ${id} does not exist.`);
  if (client.pool.domain !== undefined && client.oauthFlows.includes("code")) return client;
  throw new OAuthError("unauthorized_client", "The authorization code flow is not enabled for this client.");
}
