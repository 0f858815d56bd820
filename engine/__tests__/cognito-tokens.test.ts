import { createRemoteJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { exchangeCode, post, refresh, signedIn, startUsers, VERIFIER } from "./cognito-support.ts";

const [ours, other] = [await startUsers(), await startUsers()];
const expected = { issuer: `https://${ours.pool.endpoint}`, audience: ["another app", ours.clientId] };
afterEach(() => {
  vi.useRealTimers();
});

/** Moves the clock of this process, which is the engine's too. */
function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

async function tokensOf(changes: Record<string, string> = {}): Promise<Record<string, string>> {
  return (await exchangeCode(ours, (await signedIn(ours, changes)).answer.code)).body;
}

describe("tokens", () => {
  test("have Cognito's claims", async () => {
    const { id_token = "", access_token = "" } = await tokensOf({ nonce: "of the app" });
    const id = decodeJwt(id_token);
    const access = decodeJwt(access_token);
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const common = {
      sub: uuid,
      iss: expected.issuer,
      origin_jti: uuid,
      event_id: uuid,
      jti: uuid,
      auth_time: expect.any(Number),
      iat: expect.any(Number),
      exp: expect.any(Number),
    };
    for (const { iat, exp } of [id, access]) expect(Number(exp) - Number(iat)).toBe(3600);
    expect(access).toEqual({
      ...common,
      version: 2,
      client_id: ours.clientId,
      token_use: "access",
      scope: "openid email profile",
      username: access.sub,
    });
    expect(id).toEqual({
      ...common,
      aud: ours.clientId,
      token_use: "id",
      email: "ann@example.org",
      email_verified: true,
      "cognito:username": access.sub,
      at_hash: expect.stringMatching(/^[\w-]{22}$/),
      nonce: "of the app",
    });
    expect([id.sub, id.origin_jti]).toEqual([access.sub, access.origin_jti]);
    expect(id.jti).not.toBe(access.jti);
  });

  test("name an address, and come with an ID token, for those only who asked for it", async () => {
    expect((await tokensOf({ scope: "email" })).id_token).toBeUndefined();
    expect(decodeJwt((await tokensOf({ scope: "openid email" })).id_token ?? "").email).toBe(
      "ann@example.org",
    );
  });

  test("are of one user, however the address is written", async () => {
    const { access_token = "" } = await tokensOf();
    const { accessToken } = await ours.testUser({ email: "ANN@example.org" });
    expect(decodeJwt(accessToken).sub).toBe(decodeJwt(access_token).sub);
    const { accessToken: another } = await ours.testUser();
    expect(decodeJwt(another).sub).not.toBe(decodeJwt(access_token).sub);
  });

  test("verify with their claims: ID tokens by aud, access tokens by client_id", async () => {
    const { email, idToken, accessToken } = await ours.testUser();
    const id = await ours.verifyToken(idToken, expected);
    const access = await ours.verifyToken(accessToken, expected);
    expect(id).toMatchObject({ email, token_use: "id", aud: ours.clientId });
    expect(access).toMatchObject({ sub: id.sub, token_use: "access", scope: "openid email profile" });
  });

  test("verify with the keys that everybody may read", async () => {
    const { idToken } = await ours.testUser();
    const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", ours.url));
    const { payload } = await jwtVerify(idToken, keys, { issuer: expected.issuer, audience: ours.clientId });
    expect(payload.token_use).toBe("id");
  });

  test("do not verify for another audience or issuer", async () => {
    const { idToken, accessToken } = await ours.testUser();
    for (const token of [idToken, accessToken]) {
      await expect(ours.verifyToken(token, { ...expected, audience: ["other"] })).rejects.toThrow(/meant/);
      await expect(ours.verifyToken(token, { ...expected, issuer: "https://other" })).rejects.toThrow(
        /is of/,
      );
    }
  });

  test("do not verify once they have expired", async () => {
    const { idToken, accessToken } = await ours.testUser({ validForSeconds: -1 });
    for (const token of [idToken, accessToken])
      await expect(ours.verifyToken(token, expected)).rejects.toThrow(/exp/);
  });

  test("do not verify when another pool, or nobody, has signed them", async () => {
    const stranger = await other.testUser();
    const claims = decodeJwt(stranger.idToken);
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode("a secret of at least 32 characters"));
    const { privateKey } = await generateKeyPair("RS256");
    const signed = await new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
    const unsigned = new UnsecuredJWT(claims).encode();
    for (const token of [stranger.idToken, forged, signed, unsigned, "", "a.b.c", "not a token"])
      await expect(ours.verifyToken(token, expected)).rejects.toThrow();
  });
});

describe("the token endpoint", () => {
  test("gives tokens for a code, and new ones of the same sign-in for the refresh token", async () => {
    const { status, headers, body } = await exchangeCode(ours, (await signedIn(ours)).answer.code);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    const fresh = await refresh(ours, body.refresh_token);
    expect(Object.keys(fresh.body).sort()).toEqual(["access_token", "expires_in", "id_token", "token_type"]);
    const [before, after] = [decodeJwt(body.id_token ?? ""), decodeJwt(fresh.body.id_token ?? "")];
    expect([after.auth_time, after.origin_jti]).toEqual([before.auth_time, before.origin_jti]);
    expect(after.jti).not.toBe(before.jti);
  });

  test("takes a code once, even from two who come at the same time", async () => {
    const { code } = (await signedIn(ours)).answer;
    const answers = await Promise.all([exchangeCode(ours, code), exchangeCode(ours, code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await exchangeCode(ours, code)).body.error).toBe("invalid_grant");
  });

  test.each([
    ["another verifier", { code_verifier: `${VERIFIER}x` }, "invalid_grant"],
    ["no verifier", { code_verifier: "" }, "invalid_grant"],
    ["another redirect_uri", { redirect_uri: "myapp://signed-in" }, "invalid_grant"],
    ["another client", { client_id: "other" }, "invalid_client"],
    ["another grant", { grant_type: "password" }, "unsupported_grant_type"],
    ["no grant", { grant_type: "" }, "invalid_request"],
  ])("refuses %s", async (_, changes, error) => {
    const { status, body } = await exchangeCode(ours, (await signedIn(ours)).answer.code, changes);
    expect([status, body.error]).toEqual([400, error]);
  });

  test("refuses what is no form, and a field twice", async () => {
    const url = `${ours.url}/oauth2/token`;
    for (const body of ["{}", new URLSearchParams("client_id=a&client_id=b")]) {
      const response = await fetch(url, { method: "POST", body });
      expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_request" }]);
    }
  });

  test("refuses a code after five minutes, and a refresh token when its client says so", async () => {
    const { code } = (await signedIn(ours)).answer;
    const { refresh_token } = await tokensOf();
    later(300);
    expect((await exchangeCode(ours, code)).body.error).toBe("invalid_grant");
    expect((await refresh(ours, refresh_token)).status).toBe(200);
    later(31 * 24 * 3600);
    expect((await refresh(ours, refresh_token)).body.error).toBe("invalid_grant");
  });

  test("gives no client what another was given", async () => {
    const { id: client_id } = ours.pools.addClient({ ...ours.client, name: "other" });
    const { code } = (await signedIn(ours)).answer;
    expect((await exchangeCode(ours, code, { client_id })).body.error).toBe("invalid_grant");
    const { refresh_token = "" } = await tokensOf();
    expect((await refresh(ours, refresh_token, { client_id })).body.error).toBe("invalid_grant");
    await post(ours, "/oauth2/revoke", { token: refresh_token, client_id });
    expect((await refresh(ours, refresh_token)).status).toBe(200);
  });

  test("renews nothing that was revoked; access tokens cannot be", async () => {
    const { access_token = "", refresh_token = "" } = await tokensOf();
    const revoke = (token: string) => post(ours, "/oauth2/revoke", { token });
    expect((await revoke(access_token)).body.error).toBe("unsupported_token_type");
    expect((await revoke("unknown")).status).toBe(200);
    expect((await refresh(ours, refresh_token)).status).toBe(200);
    expect((await revoke(refresh_token)).status).toBe(200);
    expect((await refresh(ours, refresh_token)).body.error).toBe("invalid_grant");
  });

  test("can be called by scripts of other origins; the page cannot", async () => {
    const ask = (path: string, method: string) =>
      fetch(`${ours.url}${path}`, { method, headers: { origin: "http://localhost:5173" } });
    for (const [path, method] of [
      ["/oauth2/token", "OPTIONS"],
      ["/oauth2/token", "POST"],
      ["/oauth2/revoke", "OPTIONS"],
      ["/.well-known/jwks.json", "GET"],
    ] as const)
      expect((await ask(path, method)).headers.get("access-control-allow-origin")).toBe("*");
    expect((await ask("/oauth2/authorize", "GET")).headers.get("access-control-allow-origin")).toBeNull();
  });
});

test("pools and clients have the same ids at every start, and each its own", () => {
  expect([other.pool.id, other.clientId]).toEqual([ours.pool.id, ours.clientId]);
  expect(ours.pool.id).toBe("eu-central-1_local");
  expect(ours.clientId).toMatch(/^[a-z0-9]{26}$/);
  const { id: userPoolId } = other.pools.addPool();
  const ids = ["web", "web", "phone"].map(
    (name) => other.pools.addClient({ ...other.client, name, userPoolId }).id,
  );
  expect(new Set([userPoolId, other.pool.id, other.clientId, ...ids]).size).toBe(6);
});
