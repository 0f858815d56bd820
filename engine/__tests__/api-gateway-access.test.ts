import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { apiStack, startApi } from "./api-gateway-support.ts";
import { temporaryEngine } from "./engine-support.ts";

const CORS = {
  allow_origins: ["https://photos.example", "http://*"],
  allow_methods: ["GET", "POST"],
  allow_headers: ["authorization", "content-type"],
  expose_headers: ["location"],
  max_age: 300,
};
const { engine, call, answering } = await startApi({
  open: ["GET /open", "POST /answer"],
  closed: ["GET /mine"],
  cors: CORS,
});
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const { idToken, accessToken } = await engine.testUser();

/** A token that says what those of the pool do, signed by somebody else. */
async function forged(claims: object): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const { kid = "other" } = await exportJWK(publicKey);
  return new SignJWT({ client_id: engine.outputs.client_id, token_use: "access", sub: "somebody", ...claims })
    .setProtectedHeader({ alg: "RS256", kid })
    .setIssuer(engine.outputs.issuer ?? "")
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(privateKey);
}

describe("a route behind the JWT authorizer", () => {
  test.each([
    ["access", accessToken],
    ["id", idToken],
  ])("hands the claims of an %s token on, all of them as texts", async (use, token) => {
    const { status, body } = await call("GET", "/mine", bearer(token));
    expect(status).toBe(200);
    const { claims, scopes } = body.requestContext.authorizer.jwt;
    expect(scopes).toBeNull();
    expect(claims).toMatchObject({
      token_use: use,
      iss: engine.outputs.issuer,
      exp: expect.stringMatching(/^\d+$/),
    });
    expect(Object.values(claims).every((claim) => typeof claim === "string")).toBe(true);
  });

  test("takes a token without the word before it", async () => {
    expect((await call("GET", "/mine", { headers: { authorization: accessToken } })).status).toBe(200);
  });

  test("says that a token is missing", async () => {
    const { status, body, headers } = await call("GET", "/mine");
    expect([status, body]).toEqual([401, { message: "Unauthorized" }]);
    expect(headers.get("www-authenticate")).toBe("Bearer");
  });

  const payload = accessToken.split(".")[1] ?? "";
  test.each<[string, () => string | Promise<string>, string]>([
    ["no token at all", () => "nonsense", "not valid"],
    [
      "a token that was changed",
      () => accessToken.replace(payload, `${payload.slice(0, -2)}AA`),
      "not valid",
    ],
    ["a token of somebody else's", () => forged({}), "not valid"],
    ["a token that nobody signed", () => `eyJhbGciOiJub25lIn0.${payload}.`, "not valid"],
    [
      "an expired token",
      async () => (await engine.testUser({ validForSeconds: -10 })).accessToken,
      "has expired",
    ],
  ])("refuses %s", async (_, token, reason) => {
    const { status, body, headers } = await call("GET", "/mine", bearer(await token()));
    expect([status, body]).toEqual([401, { message: "Unauthorized" }]);
    expect(headers.get("www-authenticate")).toMatch(
      /^Bearer scope="" error="invalid_token" error_description="/,
    );
    expect(headers.get("www-authenticate")).toContain(reason);
  });

  test("refuses a token of another client of the pool", async () => {
    const other = await engine.testUser({ clientId: engine.outputs.other_client_id ?? "" });
    for (const token of [other.accessToken, other.idToken]) {
      const { status, headers } = await call("GET", "/mine", bearer(token));
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toContain("the token does not have a valid audience");
    }
  });
});

describe("a page of another origin", () => {
  const preflight = (origin: string, path = "/mine") =>
    call("OPTIONS", path, {
      headers: {
        origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
      },
    });
  const allowed = (headers: Headers) => headers.get("access-control-allow-origin");

  test("learns what it may send, without signing in", async () => {
    const { status, headers } = await preflight("https://photos.example");
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject({
      "access-control-allow-origin": "https://photos.example",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "authorization,content-type",
      "access-control-max-age": "300",
    });
  });

  test("is known by its whole origin, or by its scheme", async () => {
    expect(allowed((await preflight("http://localhost:5173")).headers)).toBe("http://localhost:5173");
    expect(allowed((await preflight("https://photos.example.evil")).headers)).toBeNull();
  });

  test("may read answers, refusals included", async () => {
    const headers = { origin: "https://photos.example" };
    const open = await call("GET", "/open", { headers });
    expect(allowed(open.headers)).toBe("https://photos.example");
    expect(open.headers.get("access-control-expose-headers")).toBe("location");
    expect(allowed((await call("GET", "/mine", { headers })).headers)).toBe("https://photos.example");
    expect(
      allowed((await call("GET", "/open", { headers: { origin: "https://evil.example" } })).headers),
    ).toBeNull();
  });

  test("is not let in by the function", async () => {
    const answer = { statusCode: 200, headers: { "Access-Control-Allow-Origin": "*" } };
    expect(allowed((await answering(answer)).headers)).toBeNull();
  });
});

test("a route that is called too often answers 429, and the others go on", async () => {
  const default_route_settings = { throttling_burst_limit: 3, throttling_rate_limit: 5 };
  const stack = apiStack({ open: ["GET /busy", "GET /open"], stage: { default_route_settings } });
  const { apiUrl } = await temporaryEngine(stack);
  const many = await Promise.all(Array.from({ length: 12 }, () => fetch(`${apiUrl}/busy`)));
  const refused = many.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(6);
  expect(many.length - refused.length).toBeGreaterThanOrEqual(3);
  expect(await refused[0]?.json()).toEqual({ message: "Too Many Requests" });
  expect((await fetch(`${apiUrl}/open`)).status).toBe(200);
  await expect.poll(async () => (await fetch(`${apiUrl}/busy`)).status).toBe(200);
});
