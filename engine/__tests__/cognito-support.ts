/** A user pool with its sign-in page and an endpoint, for tests, and the browser that visits the page. */
import { createHash } from "node:crypto";
import { afterAll } from "vitest";
import { createCognito } from "../services/cognito/index.ts";
import type { ClientConfig } from "../services/cognito/types.ts";
import { temporaryStorage } from "../storage.ts";
import { ACCOUNT_ID, callJson, REGION, startTestEndpoint } from "./endpoint-support.ts";

export const CALLBACK = "http://localhost:3000/callback";
export const HOME = "http://localhost:3000/";

/** For all tests of a file, which calls this outside of them. */
export async function startUsers(changes: Partial<ClientConfig> = {}) {
  const account = { region: REGION, accountId: ACCOUNT_ID, storage: temporaryStorage("") };
  const where = { ...account, host: "127.0.0.1", origins: new Set<string>() };
  const cognito = createCognito(where, { port: 0 });
  const { pools } = cognito;
  const endpoint = await startTestEndpoint({ services: cognito.apis });
  await cognito.start({
    blocks: [{ address: "aws_cognito_user_pool.people", type: "aws_cognito_user_pool", body: {} }],
  });
  const pool = pools.addPool();
  const client: ClientConfig = {
    name: "web",
    userPoolId: pool.id,
    callbackUrls: [CALLBACK, "myapp://signed-in"],
    logoutUrls: [HOME],
    scopes: ["openid", "email", "profile"],
    oauthFlows: ["code"],
    ...changes,
  };
  const { id: clientId } = pools.addClient(client);
  pool.domain = "people";
  afterAll(async () => {
    await endpoint.close();
    await cognito.stop();
  });
  return {
    pools,
    testUser: cognito.testUser,
    verifyToken: cognito.verifyToken,
    url: cognito.url,
    endpoint: endpoint.url,
    pool,
    client,
    clientId,
    /** What becomes of a call of Cognito's API. */
    call: async (operation: string, input: object) => {
      const target = `AWSCognitoIdentityProviderService.${operation}`;
      return callJson(endpoint.url, "cognito-idp", target, input);
    },
  };
}

export type UsersUnderTest = Awaited<ReturnType<typeof startUsers>>;

export const VERIFIER = "the-verifier-of-these-tests-is-43-characters-long";

type Parameters = Record<string, string | undefined>;

/** Where an app sends people; `undefined` leaves a parameter out. */
export function authorizeUrl({ url, clientId }: UsersUnderTest, changes: Parameters = {}): string {
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: CALLBACK,
    scope: "openid email profile",
    state: "state & more",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
  return `${url}/oauth2/authorize?${query}`;
}

/** Keeps the cookie, and is sent back to the app. */
export class Browser {
  cookie = "";
  url = "";
  status = 0;
  text = "";
  headers = new Headers();

  async open(url: string, form?: Record<string, string>): Promise<this> {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { ...(this.cookie && { cookie: this.cookie }), ...(form && { origin: new URL(url).origin }) },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) this.cookie = cookie.split(";")[0] ?? "";
    this.url = response.headers.get("location") ?? url;
    this.status = response.status;
    this.headers = response.headers;
    this.text = await response.text();
    return this;
  }

  /** Gives an e-mail address on the page. */
  continueAs(email: string): Promise<this> {
    return this.open(this.url, { email });
  }

  get title(): string {
    return /<title>(.*)<\/title>/.exec(this.text)?.[1] ?? "";
  }

  /** What came back to the app. */
  get answer(): Record<string, string> {
    return Object.fromEntries(new URL(this.url).searchParams);
  }
}

export async function signedIn(users: UsersUnderTest, changes: Parameters = {}, email = "ann@example.org") {
  const browser = await new Browser().open(authorizeUrl(users, changes));
  return browser.continueAs(email);
}

/** What an endpoint that apps call says to a form. */
export async function post({ url, clientId }: UsersUnderTest, path: string, form: Record<string, string>) {
  const body = new URLSearchParams({ client_id: clientId, ...form });
  const response = await fetch(`${url}${path}`, { method: "POST", body });
  const text = await response.text();
  const answer: Record<string, string> = text === "" ? {} : JSON.parse(text);
  return { status: response.status, headers: response.headers, body: answer };
}

export function exchangeCode(users: UsersUnderTest, code = "", changes: Record<string, string> = {}) {
  return post(users, "/oauth2/token", {
    grant_type: "authorization_code",
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
    ...changes,
  });
}

export function refresh(users: UsersUnderTest, refreshToken = "", changes: Record<string, string> = {}) {
  return post(users, "/oauth2/token", {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    ...changes,
  });
}
