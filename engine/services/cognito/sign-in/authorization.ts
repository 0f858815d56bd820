/** What an app asks for when it sends somebody to sign in or out: RFC 6749 section 4.1.1, with PKCE (RFC 7636) as a must. */
import { HTTPException } from "hono/http-exception";
import type { Client, UserPools } from "../user-pools.ts";

export interface Authorization {
  client: Client;
  redirectUri: string;
  scopes: string[];
  /** S256. */
  challenge: string;
  state: string | undefined;
  nonce: string | undefined;
}

/** An error that the app is told at its redirect URI. */
export class AuthorizationError extends Error {
  override name = "AuthorizationError";
  readonly location: string;

  constructor(
    { redirectUri, state }: Pick<Authorization, "redirectUri" | "state">,
    code: string,
    why: string,
  ) {
    super(why);
    this.location = withParameters(redirectUri, { error: code, error_description: why, state });
  }
}

/** @throws HTTPException with a message for the person, where the app cannot be told; AuthorizationError where it can. */
export function readAuthorization(query: URLSearchParams, pools: UserPools): Authorization {
  const client = knownClient(query, pools);
  const redirectUri = registered(query, "redirect_uri", client.callbackUrls);
  const given = (name: string) => query.get(name) ?? undefined;
  const state = given("state");
  const refuse = (code: string, why: string) => new AuthorizationError({ redirectUri, state }, code, why);

  const repeated = [...query.keys()].find((name) => query.getAll(name).length > 1);
  if (repeated) throw refuse("invalid_request", `${repeated} is there more than once`);
  const responseType = given("response_type");
  if (responseType === undefined) throw refuse("invalid_request", "response_type is missing");
  if (responseType !== "code")
    throw refuse("unsupported_response_type", "the only response_type here is code");
  if (!client.oauthFlows.includes("code"))
    throw refuse("unauthorized_client", "the authorization code flow is not enabled for this client");
  const asked = given("scope")?.split(" ").filter(Boolean) ?? [];
  const scopes = asked.length > 0 ? [...new Set(asked)] : client.scopes;
  const unknown = scopes.find((scope) => !client.scopes.includes(scope));
  if (unknown) throw refuse("invalid_scope", `this client may not ask for the scope ${unknown}`);
  if (given("code_challenge_method") !== "S256")
    throw refuse("invalid_request", "code_challenge_method has to be S256");
  const challenge = given("code_challenge") ?? "";
  if (!/^[\w-]{43}$/.test(challenge))
    throw refuse("invalid_request", "code_challenge has to be a SHA-256 digest in base64url");
  return { client, redirectUri, scopes, challenge, state, nonce: given("nonce") };
}

/** Where to go after signing out. @throws HTTPException with a message for the person. */
export function readLogout(query: URLSearchParams, pools: UserPools): string {
  return registered(query, "logout_uri", knownClient(query, pools).logoutUrls);
}

export function withParameters(uri: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

function knownClient(query: URLSearchParams, pools: UserPools): Client {
  const id = one(query, "client_id");
  const client = pools.client(id);
  if (client?.pool.domain !== undefined) return client;
  const message = client
    ? "The user pool of this app has no domain for sign-in pages."
    : `There is no app client with the client_id "${id}".`;
  throw new HTTPException(400, { message });
}

function registered(query: URLSearchParams, name: string, addresses: string[]): string {
  const address = one(query, name);
  if (addresses.includes(address)) return address;
  const message = `The ${name} "${address}" is not one that this app has registered. It has to be the same to the letter.`;
  throw new HTTPException(400, { message });
}

/** A parameter that is there once. */
function one(query: URLSearchParams, name: string): string {
  const [value = "", ...more] = query.getAll(name);
  return more.length === 0 ? value : "";
}
