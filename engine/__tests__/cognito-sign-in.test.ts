import { describe, expect, test } from "vitest";
import { authorizeUrl, Browser, CALLBACK, HOME, signedIn, startUsers } from "./cognito-support.ts";

const users = await startUsers();

const CODE = /^[\w-]{43}$/;

describe("signing in", () => {
  test("goes from the app to the page and back with a code and the state", async () => {
    const browser = await new Browser().open(authorizeUrl(users));
    expect([browser.status, browser.title]).toEqual([200, "Sign in"]);
    await browser.continueAs("ann@example.org");
    expect([browser.status, browser.headers.get("cache-control")]).toEqual([303, "no-store"]);
    expect(browser.url.split("?")[0]).toBe(CALLBACK);
    expect(browser.answer).toEqual({ code: expect.stringMatching(CODE), state: "state & more" });
  });

  test("goes the same way from the page for new accounts, which asks everybody who they are", async () => {
    const browser = await signedIn(users);
    await browser.open(authorizeUrl(users).replace("/oauth2/authorize?", "/signup?"));
    expect([browser.status, browser.title]).toEqual([200, "Sign in"]);
    await browser.continueAs("new@example.org");
    expect(browser.answer).toEqual({ code: expect.stringMatching(CODE), state: "state & more" });
  });

  test("is one press of a button for the test user", async () => {
    const { text } = await new Browser().open(authorizeUrl(users));
    expect(text).toContain('<input type="hidden" name="email" value="test@example.org">');
    expect(text).toContain('<button type="submit">Continue as test@example.org</button>');
  });

  test("is not asked for again in the same browser", async () => {
    const browser = await signedIn(users);
    const first = browser.answer.code;
    await browser.open(authorizeUrl(users));
    expect(browser.answer.code).toMatch(CODE);
    expect(browser.answer.code).not.toBe(first);
  });

  test.each([
    "",
    "ann",
    "ann@localhost",
    "a b@example.org",
    `"><script>@x.y`,
    `${"a".repeat(120)}@b.example`,
  ])("points at the field for %j, which is no address, and keeps it", async (email) => {
    const { status, title, text, cookie } = await signedIn(users, {}, email);
    expect([status, title, cookie]).toEqual([400, "Error: Sign in", ""]);
    expect(text).toMatch(
      /<input id="email"[^>]* aria-describedby="problem hint" aria-invalid="true" autofocus>/,
    );
    expect(text).toMatch(/<p class="problem" id="problem" role="alert">That is not an e-mail address/);
    expect(text).toContain(
      `value="${email.replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}"`,
    );
  });

  test("ends with the sign-out, at an address that the app has registered", async () => {
    const browser = await signedIn(users);
    const signOut = (logoutUri: string) =>
      `${users.url}/logout?${new URLSearchParams({ client_id: users.clientId, logout_uri: logoutUri })}`;
    await browser.open(signOut("https://evil.example/"));
    expect(browser.status).toBe(400);
    await browser.open(authorizeUrl(users));
    expect(browser.answer.code).toMatch(CODE);
    await browser.open(signOut(HOME));
    expect([browser.status, browser.url]).toEqual([303, HOME]);
    await browser.open(authorizeUrl(users));
    expect(browser.title).toBe("Sign in");
  });

  test("works for apps with an address scheme of their own", async () => {
    const browser = await signedIn(users, { redirect_uri: "myapp://signed-in" });
    expect(browser.url).toMatch(/^myapp:\/\/signed-in\?code=/);
  });

  test("is for each pool on its own, once it has a domain", async () => {
    const browser = await signedIn(users);
    const { id: userPoolId } = users.pools.addPool();
    const { id } = users.pools.addClient({ ...users.client, userPoolId });
    const url = authorizeUrl(users, { client_id: id });
    expect((await browser.open(url)).status).toBe(400);
    users.pools.pool(userPoolId).domain = "others";
    await browser.open(url);
    expect([browser.status, browser.title]).toEqual([200, "Sign in"]);
  });
});

describe("apps that ask wrongly", () => {
  test.each([
    ["unknown client", { client_id: "other" }],
    ["no client", { client_id: undefined }],
    ["another redirect_uri", { redirect_uri: `${CALLBACK}/` }],
    ["no redirect_uri", { redirect_uri: undefined }],
  ])("%s: the person is told, and nobody is sent anywhere", async (_, changes) => {
    const browser = await new Browser().open(authorizeUrl(users, changes));
    expect([browser.status, browser.title]).toEqual([400, "That did not work"]);
    await browser.continueAs("ann@example.org");
    expect([browser.status, browser.cookie]).toEqual([400, ""]);
  });

  test.each([
    ["no response_type", { response_type: undefined }, "invalid_request"],
    ["the implicit flow", { response_type: "token" }, "unsupported_response_type"],
    ["a scope that is not allowed", { scope: "openid phone" }, "invalid_scope"],
    ["no PKCE", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["PKCE in plain", { code_challenge_method: "plain" }, "invalid_request"],
    ["a challenge that is none", { code_challenge: "short" }, "invalid_request"],
  ])("%s: the app is told", async (_, changes, error) => {
    const browser = await new Browser().open(authorizeUrl(users, changes));
    expect(browser.answer).toMatchObject({ error, state: "state & more" });
  });

  test("a parameter twice: the app is told invalid_request", async () => {
    const browser = await new Browser().open(`${authorizeUrl(users)}&scope=email`);
    expect(browser.answer.error).toBe("invalid_request");
  });

  test("a client without the code flow: the app is told unauthorized_client", async () => {
    const { id } = users.pools.addClient({ ...users.client, oauthFlows: [] });
    const browser = await new Browser().open(authorizeUrl(users, { client_id: id }));
    expect(browser.answer.error).toBe("unauthorized_client");
  });
});

describe("pages", () => {
  test("show what was sent as text", async () => {
    const { text } = await new Browser().open(authorizeUrl(users, { client_id: "<script>" }));
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script");
  });

  test("have neither scripts nor styles of their own, and run none", async () => {
    const { text, headers } = await new Browser().open(authorizeUrl(users));
    expect(text).not.toMatch(/<script|<style| style=| on\w+=/);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
    expect((await fetch(`${users.url}/style.css`)).headers.get("content-type")).toBe("text/css");
    expect((await fetch(`${users.url}/favicon.ico`)).status).toBe(204);
  });

  test("take no form from another site, whatever address it writes", async () => {
    const form = { method: "POST", body: new URLSearchParams({ email: "ann@example.org" }) };
    for (const origin of ["https://evil.example", "null"])
      expect((await fetch(authorizeUrl(users), { ...form, headers: { origin } })).status).toBe(403);
    const disguised = authorizeUrl(users).replace("/oauth2", "//evil.example/oauth2");
    const answer = await fetch(disguised, {
      ...form,
      headers: { origin: "http://evil.example" },
      redirect: "manual",
    });
    expect([403, 404]).toContain(answer.status);
  });

  test("are not there for other addresses", async () => {
    for (const path of ["/", "/toString", "/oauth2/other", "/confirmUser", "/login"])
      expect((await fetch(`${users.url}${path}`)).status).toBe(404);
    expect((await fetch(authorizeUrl(users), { method: "PUT" })).status).toBe(404);
    expect((await fetch(authorizeUrl(users), { method: "HEAD" })).status).toBe(200);
  });
});
