import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  authorizeUrl,
  Browser,
  CALLBACK,
  exchangeCode,
  exchangeTokens,
  GOOD_PASSWORD,
  startUsers,
  type UsersUnderTest,
  VERIFIER,
} from "./cognito-support.ts";

let pool: UsersUnderTest;
let person: { email: string; password: string };

beforeAll(async () => {
  pool = await startUsers();
  person = await pool.users.testUser();
});
afterAll(() => pool.stop());
afterEach(() => {
  vi.useRealTimers();
});

async function signedIn(changes: Record<string, string | undefined> = {}): Promise<Browser> {
  const browser = await new Browser().open(authorizeUrl(pool, changes));
  return browser.submit({ email: person.email, password: person.password });
}

describe("signing in", () => {
  test("goes from the app to the sign-in page and back with a code and the state", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    expect([browser.status, browser.title]).toEqual([200, "Sign in"]);
    await browser.submit({ email: person.email, password: person.password });
    expect(browser.url.split("?")[0]).toBe(CALLBACK);
    expect(browser.answer).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/), state: "state & more" });
  });

  test("is not asked for again in the same browser, unless the app wants it", async () => {
    const browser = await signedIn();
    const first = browser.answer.code;
    await browser.open(authorizeUrl(pool));
    expect(browser.answer.code).toMatch(/^[\w-]{43}$/);
    expect(browser.answer.code).not.toBe(first);
    await browser.open(authorizeUrl(pool, { prompt: "login" }));
    expect(browser.title).toBe("Sign in");
    await browser.submit({ email: person.email, password: person.password });
    expect(browser.answer.code).toBeDefined();
  });

  test("is over after an hour, and never shown where the app does not want it", async () => {
    const browser = await signedIn();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    await browser.open(authorizeUrl(pool));
    expect(browser.title).toBe("Sign in");
    await browser.open(authorizeUrl(pool, { prompt: "none" }));
    expect(browser.answer).toMatchObject({ error: "login_required", state: "state & more" });
  });

  test("says the same of a wrong password and of an unknown address, and keeps the address", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.submit({ email: person.email, password: "Wrong-password-1" });
    expect([browser.status, browser.title]).toEqual([400, "Error: Sign in"]);
    expect(browser.text).toContain(`value="${person.email}"`);
    const problem = /role="alert">(.*)<\/p>/.exec(browser.text)?.[1];
    await browser.submit({ email: "nobody@example.org", password: "Wrong-password-1" });
    expect(/role="alert">(.*)<\/p>/.exec(browser.text)?.[1]).toBe(problem);
    expect(browser.cookie).toBe("");
  });

  test("ends with the sign-out, at an address that the app has registered", async () => {
    const browser = await signedIn();
    const old = browser.cookie;
    const signOut = (logoutUri: string) =>
      `${pool.users.signInUrl}/logout?${new URLSearchParams({ client_id: pool.clientId, logout_uri: logoutUri })}`;
    await browser.open(signOut("https://evil.example/"));
    expect(browser.status).toBe(400);
    await browser.open(signOut("http://localhost:3000/"));
    expect(browser.url).toBe("http://localhost:3000/");
    for (const cookie of [browser.cookie, old]) {
      browser.cookie = cookie;
      await browser.open(authorizeUrl(pool));
      expect(browser.title).toBe("Sign in");
    }
  });

  test("works for apps with an address scheme of their own", async () => {
    const browser = await signedIn({ redirect_uri: "myapp://signed-in" });
    expect(browser.url).toMatch(/^myapp:\/\/signed-in\?code=/);
  });
});

describe("signing up", () => {
  test("leads over the code, which the page shows, to the app", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.follow("Sign up");
    const email = "new@example.org";
    await browser.submit({ email, password: GOOD_PASSWORD, again: GOOD_PASSWORD });
    expect(browser.title).toBe("Confirm your e-mail address");
    const shown = /your code is <strong>(\d{6})/.exec(browser.text)?.[1];
    expect(shown).toBe(pool.codeFor(email));
    await browser.submit({ code: "wrong" });
    expect(browser.title).toBe("Error: Confirm your e-mail address");
    await browser.submit({ resend: "yes" });
    await browser.submit({ code: pool.codeFor(email) ?? "" });
    expect(browser.answer.code).toBeDefined();
    const { body } = await exchangeCode(pool, browser.answer.code);
    expect(decodeJwt(body.id_token ?? "")).toMatchObject({ email, email_verified: true });
  });

  test("goes on at the confirmation when somebody signs in before it", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.follow("Sign up");
    await browser.submit({ email: "later@example.org", password: GOOD_PASSWORD, again: GOOD_PASSWORD });
    const other = await new Browser().open(authorizeUrl(pool));
    await other.submit({ email: "later@example.org", password: GOOD_PASSWORD });
    expect(other.title).toBe("Confirm your e-mail address");
    await other.open(authorizeUrl(pool, { prompt: "none" }));
    expect(other.answer.error).toBe("login_required");
  });

  test.each([
    ["again", { email: "a@example.org", password: GOOD_PASSWORD, again: "Another-horse-8" }],
    ["password", { email: "a@example.org", password: "weak", again: "weak" }],
    ["email", { email: "not an address", password: GOOD_PASSWORD, again: GOOD_PASSWORD }],
    ["email", { email: "TEST@example.org", password: GOOD_PASSWORD, again: GOOD_PASSWORD }],
  ])("points at the field %s when it is wrong", async (field, form) => {
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.follow("Sign up");
    await browser.submit(form);
    expect([browser.status, browser.title]).toEqual([400, "Error: Sign up"]);
    const wrong = /<input id="(\w+)"[^>]*aria-describedby="problem[^"]*" aria-invalid="true" autofocus/;
    expect(wrong.exec(browser.text)?.[1]).toBe(field);
    expect(browser.text).not.toContain(form.password);
  });

  test("does not show the code to anybody else", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.open(browser.url.replace("/login", "/confirmUser"));
    expect(browser.title).toBe("Sign in");
  });
});

describe("passwords", () => {
  test("that were forgotten are replaced, which signs the old browsers out", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.follow("Sign up");
    const email = "forgetful@example.org";
    await browser.submit({ email, password: GOOD_PASSWORD, again: GOOD_PASSWORD });
    await browser.submit({ code: pool.codeFor(email) ?? "" });
    const other = await new Browser().open(authorizeUrl(pool));
    await other.follow("Forgot your password");
    await other.submit({ email });
    const password = "Another-horse-8";
    await other.submit({ email, code: "000000x", password, again: password });
    expect(other.title).toBe("Error: Set a new password");
    await other.submit({ email, code: pool.codeFor(email) ?? "", password, again: password });
    expect(other.answer.code).toBeDefined();
    await browser.open(authorizeUrl(pool));
    expect(browser.title).toBe("Sign in");
  });

  test("of nobody are reset to nothing", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.follow("Forgot your password");
    await browser.submit({ email: "nobody@example.org" });
    expect([browser.status, browser.title]).toEqual([200, "Set a new password"]);
    const form = { email: "nobody@example.org", code: "123456" };
    await browser.submit({ ...form, password: GOOD_PASSWORD, again: GOOD_PASSWORD });
    expect(browser.title).toBe("Error: Set a new password");
  });

  test("that an administrator gave are changed at the first sign-in", async () => {
    const input = { UserPoolId: pool.poolId, Username: "made@example.org", TemporaryPassword: GOOD_PASSWORD };
    await pool.call("AdminCreateUser", input);
    const browser = await new Browser().open(authorizeUrl(pool));
    await browser.submit({ email: "made@example.org", password: GOOD_PASSWORD });
    expect(browser.title).toBe("Choose a password");
    await browser.submit({ password: "Another-horse-8", again: "Another-horse-8" });
    expect(browser.answer.code).toBeDefined();
  });
});

describe("apps that ask wrongly", () => {
  test.each([
    ["unknown client", { client_id: "other" }],
    ["no client", { client_id: undefined }],
    ["another redirect_uri", { redirect_uri: `${CALLBACK}/` }],
    ["no redirect_uri", { redirect_uri: undefined }],
  ])("%s: the person is told, and nobody is sent anywhere", async (_, changes) => {
    for (const page of ["/oauth2/authorize", "/login", "/signup"]) {
      const url = authorizeUrl(pool, changes).replace("/oauth2/authorize", page);
      const browser = await new Browser().open(url);
      expect([browser.status, browser.title]).toEqual([400, "This link does not work"]);
    }
  });

  test.each([
    ["no response_type", { response_type: undefined }, "invalid_request"],
    ["the implicit flow", { response_type: "token" }, "unsupported_response_type"],
    ["a scope that is not allowed", { scope: "openid phone" }, "invalid_scope"],
    ["no PKCE", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["PKCE in plain", { code_challenge_method: "plain" }, "invalid_request"],
    ["a challenge that is none", { code_challenge: "short" }, "invalid_request"],
  ])("%s: the app is told", async (_, changes, error) => {
    const browser = await new Browser().open(authorizeUrl(pool, changes));
    expect(browser.answer).toMatchObject({ error, state: "state & more" });
  });

  test("a parameter twice: the app is told invalid_request", async () => {
    const browser = await new Browser().open(`${authorizeUrl(pool)}&scope=email`);
    expect(browser.answer.error).toBe("invalid_request");
  });
});

describe("pages", () => {
  test("show what was sent as text", async () => {
    const browser = await new Browser().open(authorizeUrl(pool, { state: `"><script>alert(1)</script>` }));
    await browser.submit({ email: `"><script>alert(2)</script>`, password: "x" });
    expect(browser.text).toContain("&#34;&#62;&#60;script&#62;alert(2)");
    expect(browser.text).not.toContain("<script");
    await browser.open(authorizeUrl(pool, { client_id: "<script>" }));
    expect(browser.text).toContain("&#60;script&#62;");
    expect(browser.text).not.toContain("<script");
  });

  test("have a label for every field, and neither scripts nor styles of their own", async () => {
    const browser = await new Browser().open(authorizeUrl(pool));
    for (const link of ["Sign up", "Sign in", "Forgot your password", "Back to signing in"]) {
      await browser.follow(link);
      const fields = [...browser.text.matchAll(/<input id="(\w+)"/g)].map(([, id]) => id);
      const labels = [...browser.text.matchAll(/<label for="(\w+)"/g)].map(([, id]) => id);
      expect(fields.length).toBeGreaterThan(0);
      expect(labels).toEqual(fields);
      expect(browser.text).not.toMatch(/<script|<style| style=| on\w+=/);
      expect(browser.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
    expect((await fetch(`${pool.users.signInUrl}/style.css`)).headers.get("content-type")).toBe("text/css");
  });

  test("take no form from another site", async () => {
    const url = authorizeUrl(pool).replace("/oauth2/authorize", "/login");
    const body = new URLSearchParams({ email: person.email, password: person.password });
    const headers = { origin: "https://evil.example" };
    const response = await fetch(url, { method: "POST", body, headers, redirect: "manual" });
    expect(response.status).toBe(403);
  });

  test("take forms only, of a sensible size", async () => {
    const url = authorizeUrl(pool).replace("/oauth2/authorize", "/login");
    const json = await fetch(url, { method: "POST", body: "{}" });
    expect(json.status).toBe(400);
    const huge = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ email: "x".repeat(70_000) }),
    });
    expect(huge.status).toBe(400);
  });

  test("are not there for other addresses", async () => {
    for (const path of ["/", "/toString", "/oauth2/other"])
      expect((await fetch(`${pool.users.signInUrl}${path}`)).status).toBe(404);
    expect((await fetch(authorizeUrl(pool), { method: "POST" })).status).toBe(404);
    expect((await fetch(authorizeUrl(pool), { method: "HEAD" })).status).toBe(200);
  });
});

describe("the token endpoint", () => {
  test("gives tokens for a code, and new ones for the refresh token", async () => {
    const { answer } = await signedIn({ nonce: "of the app" });
    const { status, headers, body } = await exchangeCode(pool, answer.code);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    expect(decodeJwt(body.id_token ?? "")).toMatchObject({ nonce: "of the app", email: person.email });
    expect(decodeJwt(body.access_token ?? "").scope).toBe("openid email profile");
    const refresh_token = body.refresh_token ?? "";
    const refreshed = await exchangeTokens(pool, { grant_type: "refresh_token", refresh_token });
    expect(Object.keys(refreshed.body).sort()).toEqual([
      "access_token",
      "expires_in",
      "id_token",
      "token_type",
    ]);
  });

  test("gives an ID token, and in it an address, to those only who asked for it", async () => {
    const withoutId = await exchangeCode(pool, (await signedIn({ scope: "email" })).answer.code);
    expect(withoutId.body.id_token).toBeUndefined();
    const withEmail = await exchangeCode(pool, (await signedIn({ scope: "openid email" })).answer.code);
    expect(decodeJwt(withEmail.body.id_token ?? "").email).toBe(person.email);
  });

  test("takes a code once; a second time it takes back what it gave", async () => {
    const { code } = (await signedIn()).answer;
    const { body } = await exchangeCode(pool, code);
    const again = await exchangeCode(pool, code);
    expect([again.status, again.body.error]).toEqual([400, "invalid_grant"]);
    const refresh_token = body.refresh_token ?? "";
    const refreshed = await exchangeTokens(pool, { grant_type: "refresh_token", refresh_token });
    expect(refreshed.body.error).toBe("invalid_grant");
  });

  test("gives one of two that come with the same code at the same time tokens", async () => {
    const { code } = (await signedIn()).answer;
    const answers = await Promise.all([exchangeCode(pool, code), exchangeCode(pool, code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  test.each([
    ["another verifier", { code_verifier: `${VERIFIER}x` }, "invalid_grant"],
    ["no verifier", { code_verifier: "" }, "invalid_grant"],
    ["another redirect_uri", { redirect_uri: "myapp://signed-in" }, "invalid_grant"],
    ["another client", { client_id: "other" }, "invalid_client"],
    ["another grant", { grant_type: "password" }, "unsupported_grant_type"],
    ["no grant", { grant_type: "" }, "invalid_request"],
  ])("refuses %s", async (_, changes, error) => {
    const { code } = (await signedIn()).answer;
    const { status, body } = await exchangeCode(pool, code, changes);
    expect([status, body.error]).toEqual([400, error]);
  });

  test("refuses a code after five minutes", async () => {
    const { code } = (await signedIn()).answer;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 300_000 });
    expect((await exchangeCode(pool, code)).body.error).toBe("invalid_grant");
  });

  test("refuses what is no form", async () => {
    const response = await fetch(`${pool.users.signInUrl}/oauth2/token`, { method: "POST", body: "{}" });
    expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_request" }]);
  });

  test("can be called by scripts of any origin", async () => {
    for (const path of ["/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke"]) {
      const preflight = await fetch(`${pool.users.signInUrl}${path}`, { method: "OPTIONS" });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    }
    const { headers } = await exchangeCode(pool, "none");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const page = await fetch(authorizeUrl(pool));
    expect(page.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("access tokens", () => {
  const userInfo = (authorization: string) =>
    fetch(`${pool.users.signInUrl}/oauth2/userInfo`, { headers: { authorization } });

  test("tell who somebody is, until the refresh token is revoked", async () => {
    const { body } = await exchangeCode(pool, (await signedIn()).answer.code);
    const answer = await userInfo(`Bearer ${body.access_token}`);
    const { sub } = decodeJwt(body.access_token ?? "");
    expect(await answer.json()).toEqual({ sub, email: person.email, email_verified: "true", username: sub });
    const revoke = (token = "") =>
      fetch(`${pool.users.signInUrl}/oauth2/revoke`, {
        method: "POST",
        body: new URLSearchParams({ client_id: pool.clientId, token }),
      });
    const wrong = await revoke(body.access_token);
    expect(await wrong.json()).toMatchObject({ error: "unsupported_token_type" });
    expect((await revoke("unknown")).status).toBe(200);
    expect((await revoke(body.refresh_token)).status).toBe(200);
    expect((await userInfo(`Bearer ${body.access_token}`)).status).toBe(401);
  });

  test("have to be there, and access tokens", async () => {
    const { idToken } = await pool.users.testUser();
    for (const authorization of ["", "Bearer x", "Basic eDp5", `Bearer ${idToken}`]) {
      const answer = await userInfo(authorization);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toContain(`error="invalid_token"`);
    }
  });
});

describe("clients and pools", () => {
  const settings = {
    callbackUrls: [CALLBACK],
    logoutUrls: [],
    scopes: ["openid"],
    oauthFlows: ["code"],
    authFlows: ["ALLOW_USER_PASSWORD_AUTH"],
  };

  test("cannot use each other's codes and refresh tokens", async () => {
    const other = pool.users.createClient({ name: "other", userPoolId: pool.poolId, ...settings });
    const client_id = other.id;
    const { code } = (await signedIn()).answer;
    expect((await exchangeCode(pool, code, { client_id })).body.error).toBe("invalid_grant");
    const { body } = await exchangeCode(pool, (await signedIn()).answer.code);
    const refresh = { grant_type: "refresh_token", refresh_token: body.refresh_token ?? "" };
    expect((await exchangeTokens(pool, { ...refresh, client_id })).body.error).toBe("invalid_grant");
    await pool.call("RevokeToken", { ClientId: client_id, Token: refresh.refresh_token });
    expect((await exchangeTokens(pool, refresh)).status).toBe(200);
  });

  test("have sessions of their own, and pages once the pool has a domain", async () => {
    const browser = await signedIn();
    const { id: userPoolId } = pool.users.createPool({ name: "others" });
    const { id } = pool.users.createClient({ name: "web", userPoolId, ...settings });
    const url = authorizeUrl(pool, { client_id: id, scope: "openid" });
    await browser.open(url);
    expect([browser.status, browser.title]).toEqual([400, "This link does not work"]);
    pool.users.createDomain({ domain: "others", userPoolId });
    await browser.open(url);
    expect([browser.status, browser.title]).toEqual([200, "Sign in"]);
  });

  test("get tokens for what they asked for: the API's are not for userInfo, nor the pages' for the API", async () => {
    const { body } = await exchangeCode(pool, (await signedIn()).answer.code);
    const refused = await pool.call("GetUser", { AccessToken: body.access_token });
    expect(refused.body.message).toBe("Access Token does not have required scopes");
    const AuthParameters = { USERNAME: person.email, PASSWORD: person.password };
    const input = { ClientId: pool.clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters };
    const { AccessToken } = (await pool.call("InitiateAuth", input)).body.AuthenticationResult as Record<
      string,
      string
    >;
    const headers = { authorization: `Bearer ${AccessToken}` };
    expect((await fetch(`${pool.users.signInUrl}/oauth2/userInfo`, { headers })).status).toBe(401);
  });
});
