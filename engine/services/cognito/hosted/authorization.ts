/** What an app asks for when it sends somebody to sign in: RFC 6749 section 4.1.1, with PKCE (RFC 7636) as a must. */
import type { Directory } from "../directory.ts";
import { CognitoError } from "../errors.ts";
import type { Client } from "../pool.ts";

export interface Authorization {
  client: Client;
  redirectUri: string;
  scopes: string[];
  /** S256. */
  challenge: string;
  state: string | undefined;
  nonce: string | undefined;
  prompt: string | undefined;
}

/** The request is such that the app cannot be told: the person is. */
export class Unanswerable extends Error {
  override name = "Unanswerable";
}

/** An error that the app is told at its redirect URI. */
export class AuthorizationError extends Error {
  override name = "AuthorizationError";
  readonly location: string;

  constructor(redirectUri: string, state: string | undefined, error: string, description: string) {
    super(description);
    this.location = withParameters(redirectUri, { error, error_description: description, state });
  }
}

/** @throws Unanswerable, AuthorizationError */
export function readAuthorization(query: URLSearchParams, directory: Directory): Authorization {
  const client = knownClient(one(query, "client_id"), directory);
  const redirectUri = one(query, "redirect_uri") ?? "";
  if (!client.callbackUrls.includes(redirectUri))
    throw new Unanswerable(mismatch("redirect_uri", redirectUri));
  const state = query.get("state") ?? undefined;
  const refuse = (error: string, description: string) =>
    new AuthorizationError(redirectUri, state, error, description);

  const repeated = [...query.keys()].find((name) => query.getAll(name).length > 1);
  if (repeated) throw refuse("invalid_request", `${repeated} is there more than once`);
  const responseType = query.get("response_type");
  if (responseType === null) throw refuse("invalid_request", "response_type is missing");
  if (responseType !== "code")
    throw refuse("unsupported_response_type", "the only response_type here is code");
  if (!client.oauthFlows.includes("code"))
    throw refuse("unauthorized_client", "the authorization code flow is not enabled for this client");
  const asked = (query.get("scope") ?? "").split(" ").filter(Boolean);
  const scopes = asked.length > 0 ? [...new Set(asked)] : client.scopes;
  const unknown = scopes.find((scope) => !client.scopes.includes(scope));
  if (unknown) throw refuse("invalid_scope", `this client may not ask for the scope ${unknown}`);
  if (query.get("code_challenge_method") !== "S256")
    throw refuse("invalid_request", "code_challenge_method has to be S256");
  const challenge = query.get("code_challenge") ?? "";
  if (!/^[\w-]{43}$/.test(challenge))
    throw refuse("invalid_request", "code_challenge has to be a SHA-256 digest in base64url");
  const nonce = query.get("nonce") ?? undefined;
  return { client, redirectUri, scopes, challenge, state, nonce, prompt: query.get("prompt") ?? undefined };
}

/** Where to go after signing out. @throws Unanswerable */
export function readLogout(query: URLSearchParams, directory: Directory): string {
  const client = knownClient(one(query, "client_id"), directory);
  const logoutUri = one(query, "logout_uri");
  if (logoutUri === undefined) {
    readAuthorization(query, directory);
    return `/login?${query}`;
  }
  if (!client.logoutUrls.includes(logoutUri)) throw new Unanswerable(mismatch("logout_uri", logoutUri));
  return logoutUri;
}

export function withParameters(uri: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

function knownClient(id: string | undefined, directory: Directory): Client {
  if (id === undefined) throw new Unanswerable("The address lacks client_id.");
  try {
    const client = directory.client(id);
    if (client.pool.domain !== undefined) return client;
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    throw new Unanswerable(`There is no app client with the client_id ${id}.`);
  }
  throw new Unanswerable("The user pool of this app has no domain for sign-in pages.");
}

function one(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

function mismatch(name: string, value: string): string {
  return value === ""
    ? `The address lacks ${name}.`
    : `The ${name} ${value} is not one that this app has registered. It has to be the same to the letter.`;
}
