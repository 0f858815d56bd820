/** A user pool with its pages and a door, for tests, and the browser that visits the pages. */
import { createHash } from "node:crypto";
import { Faults } from "../faults.ts";
import { startDoor } from "../http/endpoint.ts";
import { type ClientConfig, createUsers, type PoolConfig } from "../services/cognito/index.ts";
import { ACCOUNT_ID, REGION } from "./endpoint-support.ts";

export const CALLBACK = "http://localhost:3000/callback";
export const GOOD_PASSWORD = "Correct-horse-7";

interface Settings {
  pool?: Partial<PoolConfig>;
  client?: Partial<ClientConfig>;
}

export async function startUsers({ pool, client }: Settings = {}) {
  const mails: string[] = [];
  const log = (line: string) => mails.push(line);
  const users = createUsers({ region: REGION, accountId: ACCOUNT_ID, host: "127.0.0.1", port: 0, log });
  const faults = new Faults();
  const services = { "cognito-idp": users.service };
  const door = await startDoor({
    host: "127.0.0.1",
    port: 0,
    region: REGION,
    accountId: ACCOUNT_ID,
    faults,
    services,
  });
  await users.start();
  const made = users.createPool({ name: "people", caseSensitive: false, ...pool });
  const { id: clientId } = users.createClient({
    name: "web",
    userPoolId: made.id,
    callbackUrls: [CALLBACK, "myapp://signed-in"],
    logoutUrls: ["http://localhost:3000/"],
    scopes: ["openid", "email", "profile"],
    oauthFlows: ["code"],
    authFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    ...client,
  });
  users.createDomain({ domain: "people", userPoolId: made.id });

  /** An unsigned call, as apps make them. */
  async function call(operation: string, input: object) {
    const target = `AWSCognitoIdentityProviderService.${operation}`;
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    const response = await fetch(door.endpoint, { method: "POST", headers, body: JSON.stringify(input) });
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, body, error: body.__type };
  }

  return {
    users,
    endpoint: door.endpoint,
    poolId: made.id,
    issuer: `https://${made.endpoint}`,
    clientId,
    call,
    mails,
    codeFor: (email: string) =>
      /code is (\d{6})/.exec(mails.findLast((mail) => mail.includes(email)) ?? "")?.[1],
    stop: async () => {
      await door.stop();
      await users.stop();
    },
  };
}

export type UsersUnderTest = Awaited<ReturnType<typeof startUsers>>;

export const VERIFIER = "the-verifier-of-these-tests-is-43-characters-long";
const challenge = createHash("sha256").update(VERIFIER).digest("base64url");

/** Where an app sends people; `undefined` leaves a parameter out. */
export function authorizeUrl(
  { users, clientId }: UsersUnderTest,
  changes: Record<string, string | undefined> = {},
): string {
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: CALLBACK,
    scope: "openid email profile",
    state: "state & more",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...changes,
  };
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `${users.signInUrl}/oauth2/authorize?${new URLSearchParams(given)}`;
}

/** Keeps cookies, and follows redirects as long as they stay on the pages' own host. */
export class Browser {
  cookie = "";
  url = "";
  status = 0;
  text = "";
  headers = new Headers();

  async open(url: string, form?: Record<string, string>): Promise<this> {
    const headers = { ...(this.cookie && { cookie: this.cookie }) };
    const response = await fetch(url, {
      redirect: "manual",
      headers,
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const set of response.headers.getSetCookie()) this.cookie = set.split(";")[0] ?? "";
    this.url = url;
    this.status = response.status;
    this.headers = response.headers;
    this.text = await response.text();
    const location = response.headers.get("location");
    if (location === null) return this;
    const next = new URL(location, url);
    if (next.origin === new URL(url).origin) return this.open(next.href);
    this.url = next.href;
    return this;
  }

  /** Sends the form of the page. */
  submit(form: Record<string, string>): Promise<this> {
    const action = /<form method="post" action="([^"]*)"/.exec(this.text)?.[1]?.replaceAll("&#38;", "&");
    return this.open(new URL(action ?? this.url, this.url).href, form);
  }

  follow(label: string): Promise<this> {
    const link = new RegExp(`<a href="([^"]*)">${label}`).exec(this.text)?.[1];
    if (link === undefined) throw new Error(`The page has no link "${label}".`);
    return this.open(new URL(link.replaceAll("&#38;", "&"), this.url).href);
  }

  get title(): string {
    return /<title>(.*)<\/title>/.exec(this.text)?.[1] ?? "";
  }

  /** What came back to the app. */
  get answer(): Record<string, string> {
    return Object.fromEntries(new URL(this.url).searchParams);
  }
}

/** The token endpoint. */
export async function exchangeTokens(users: UsersUnderTest, form: Record<string, string>) {
  const body = new URLSearchParams({ client_id: users.clientId, ...form });
  const response = await fetch(`${users.users.signInUrl}/oauth2/token`, { method: "POST", body });
  const answer = (await response.json()) as Record<string, string>;
  return { status: response.status, headers: response.headers, body: answer };
}

export function exchangeCode(users: UsersUnderTest, code = "", changes: Record<string, string> = {}) {
  return exchangeTokens(users, {
    grant_type: "authorization_code",
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
    ...changes,
  });
}
