import { createRemoteJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GOOD_PASSWORD, startUsers, type UsersUnderTest } from "./cognito-support.ts";

let pool: UsersUnderTest;
let other: UsersUnderTest;
let expected: { issuer: string; audience: string[] };

beforeAll(async () => {
  pool = await startUsers();
  other = await startUsers();
  expected = { issuer: pool.issuer, audience: ["another app", pool.clientId] };
});
afterAll(() => Promise.all([pool.stop(), other.stop()]));

describe("tokens", () => {
  test("verify with their claims: ID tokens by aud, access tokens by client_id", async () => {
    const { email, idToken, accessToken } = await pool.users.testUser();
    const id = await pool.users.verifyToken(idToken, expected);
    const access = await pool.users.verifyToken(accessToken, expected);
    expect(id).toMatchObject({ email, token_use: "id", aud: pool.clientId });
    expect(access).toMatchObject({ sub: id.sub, token_use: "access", scope: "openid email profile" });
  });

  test("verify with the keys that the pages publish", async () => {
    const { idToken } = await pool.users.testUser();
    const keys = createRemoteJWKSet(new URL(`${pool.users.signInUrl}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(idToken, keys, { issuer: pool.issuer, audience: pool.clientId });
    expect(payload.token_use).toBe("id");
  });

  test("do not verify for another audience or issuer", async () => {
    const { idToken, accessToken } = await pool.users.testUser();
    for (const token of [idToken, accessToken]) {
      await expect(pool.users.verifyToken(token, { ...expected, audience: ["other"] })).rejects.toThrow();
      await expect(pool.users.verifyToken(token, { ...expected, issuer: "https://other" })).rejects.toThrow();
    }
  });

  test("do not verify once they have expired", async () => {
    const { idToken, accessToken } = await pool.users.testUser({ validForSeconds: -1 });
    for (const token of [idToken, accessToken])
      await expect(pool.users.verifyToken(token, expected)).rejects.toThrow(/exp/);
  });

  test("do not verify when another pool, or nobody, has signed them", async () => {
    const stranger = await other.users.testUser();
    const claims = decodeJwt(stranger.idToken);
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode("a secret of at least 32 characters"));
    const { privateKey } = await generateKeyPair("RS256");
    const ours = await new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
    const unsigned = new UnsecuredJWT(claims).encode();
    for (const token of [stranger.idToken, forged, ours, unsigned, "", "a.b.c", "not a token"])
      await expect(pool.users.verifyToken(token, expected)).rejects.toThrow();
  });
});

describe("test users", () => {
  test("are the same for the same e-mail address, however often one asks", async () => {
    const [one, two] = await Promise.all([pool.users.testUser(), pool.users.testUser()]);
    const ann = await pool.users.testUser({ email: "ann@example.org" });
    expect(one).toMatchObject({ email: "test@example.org", password: two.password });
    expect(decodeJwt(one.idToken).sub).toBe(decodeJwt(two.idToken).sub);
    expect(decodeJwt(ann.idToken).sub).not.toBe(decodeJwt(one.idToken).sub);
  });

  test("can sign in with their password", async () => {
    const { email, password } = await pool.users.testUser();
    const AuthParameters = { USERNAME: email, PASSWORD: password };
    const input = { ClientId: pool.clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters };
    expect((await pool.call("InitiateAuth", input)).status).toBe(200);
  });
});

test("pools and clients have the same ids at every start, and each its own", async () => {
  expect([other.poolId, other.clientId]).toEqual([pool.poolId, pool.clientId]);
  expect(pool.poolId).toBe("eu-central-1_local");
  expect(pool.clientId).toMatch(/^[a-z0-9]{26}$/);
  const second = other.users.createPool({ name: "others" });
  const settings = { callbackUrls: [], logoutUrls: [], scopes: [], oauthFlows: [] };
  const ids = ["web", "web", "phone"].map(
    (name) => other.users.createClient({ name, userPoolId: second.id, ...settings }).id,
  );
  expect(new Set([second.id, other.poolId, other.clientId, ...ids]).size).toBe(6);
  const input = { ClientId: ids[0], Username: "ann@example.org", Password: GOOD_PASSWORD };
  expect((await other.call("SignUp", input)).status).toBe(200);
  const inFirst = await other.call("AdminGetUser", { UserPoolId: other.poolId, Username: "ann@example.org" });
  expect(inFirst.error).toBe("UserNotFoundException");
});
