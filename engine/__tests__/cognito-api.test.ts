import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { GOOD_PASSWORD, startUsers, type UsersUnderTest } from "./cognito-support.ts";
import { callJson } from "./endpoint-support.ts";

let pool: UsersUnderTest;
let strict: UsersUnderTest;

beforeAll(async () => {
  pool = await startUsers({ pool: { customAttributes: ["folder"] } });
  strict = await startUsers({
    pool: { selfSignUp: false, passwordPolicy: { ...ANY_PASSWORD, minimumLength: 6 } },
    client: { hidesUserExistence: true, authFlows: ["ALLOW_USER_SRP_AUTH"] },
  });
});
afterAll(() => Promise.all([pool.stop(), strict.stop()]));
afterEach(() => {
  vi.useRealTimers();
});

const ANY_PASSWORD = { minimumLength: 8, lowercase: false, uppercase: false, numbers: false, symbols: false };
let people = 0;

/** Moves the clock of this process, which is the engine's too. */
function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

async function signedUp({ confirmed = true } = {}): Promise<string> {
  people += 1;
  const Username = `person${people}@example.org`;
  await pool.call("SignUp", { ClientId: pool.clientId, Username, Password: GOOD_PASSWORD });
  if (confirmed) await confirm(Username);
  return Username;
}

function confirm(Username: string, ConfirmationCode = pool.codeFor(Username)) {
  return pool.call("ConfirmSignUp", { ClientId: pool.clientId, Username, ConfirmationCode });
}

function signIn(USERNAME: string, PASSWORD = GOOD_PASSWORD, { call, clientId } = pool) {
  const AuthParameters = { USERNAME, PASSWORD };
  return call("InitiateAuth", { ClientId: clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters });
}

async function tokensOf(Username: string): Promise<Record<string, string>> {
  return (await signIn(Username)).body.AuthenticationResult as Record<string, string>;
}

function refresh(REFRESH_TOKEN: string | undefined) {
  const AuthParameters = { REFRESH_TOKEN };
  return pool.call("InitiateAuth", {
    ClientId: pool.clientId,
    AuthFlow: "REFRESH_TOKEN_AUTH",
    AuthParameters,
  });
}

describe("signing up", () => {
  test("leads to an account once the code of the e-mail is given", async () => {
    const Username = "Ann@example.org";
    const made = await pool.call("SignUp", { ClientId: pool.clientId, Username, Password: GOOD_PASSWORD });
    expect(made.body).toMatchObject({
      UserConfirmed: false,
      UserSub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      CodeDeliveryDetails: { Destination: "A***@e***", DeliveryMedium: "EMAIL" },
    });
    expect((await signIn(Username)).error).toBe("UserNotConfirmedException");
    expect((await confirm(Username)).status).toBe(200);
    expect((await signIn(Username)).status).toBe(200);
    expect((await signIn("ann@EXAMPLE.org")).status).toBe(200);
  });

  test.each([
    ["Sh0rt-1", "Password not long enough"],
    ["lower-case-1", "Password must have uppercase characters"],
    ["UPPER-CASE-1", "Password must have lowercase characters"],
    ["No-number-here", "Password must have numeric characters"],
    ["NoSymbolHere1", "Password must have symbol characters"],
  ])("refuses the password %s: %s", async (Password, fault) => {
    const input = { ClientId: pool.clientId, Username: "weak@example.org", Password };
    const { status, body } = await pool.call("SignUp", input);
    expect([status, body.__type]).toEqual([400, "InvalidPasswordException"]);
    expect(body.message).toBe(`Password did not conform with policy: ${fault}`);
  });

  test.each(["ann", "ann@localhost", "a b@example.org", "<b>@example.org", "a@b.c\r\nd@e.f"])(
    "refuses %j as an e-mail address",
    async (Username) => {
      const input = { ClientId: pool.clientId, Username, Password: GOOD_PASSWORD };
      expect((await pool.call("SignUp", input)).error).toBe("InvalidParameterException");
    },
  );

  test("refuses an address that has an account, whatever its case", async () => {
    const known = await signedUp();
    for (const Username of [known, known.toUpperCase()]) {
      const input = { ClientId: pool.clientId, Username, Password: GOOD_PASSWORD };
      expect((await pool.call("SignUp", input)).error).toBe("UsernameExistsException");
    }
  });

  test("makes one account of two sign-ups at the same time", async () => {
    const input = { ClientId: pool.clientId, Username: "race@example.org", Password: GOOD_PASSWORD };
    const answers = await Promise.all([pool.call("SignUp", input), pool.call("SignUp", input)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  test("takes attributes of the schema, and no verified e-mail address", async () => {
    const signUp = (name: string, Value: string) =>
      pool.call("SignUp", {
        ClientId: pool.clientId,
        Username: "attributes@example.org",
        Password: GOOD_PASSWORD,
        UserAttributes: [{ Name: name, Value }],
      });
    expect((await signUp("shoe_size", "44")).error).toBe("InvalidParameterException");
    expect((await signUp("custom:other", "x")).error).toBe("InvalidParameterException");
    expect((await signUp("email", "other@example.org")).error).toBe("InvalidParameterException");
    expect((await signUp("email_verified", "true")).error).toBe("NotAuthorizedException");
    expect((await signUp("custom:folder", "mine")).status).toBe(200);
  });

  test("is for administrators where the pool says so", async () => {
    const input = { ClientId: strict.clientId, Username: "ann@example.org", Password: GOOD_PASSWORD };
    expect((await strict.call("SignUp", input)).error).toBe("NotAuthorizedException");
  });
});

describe("codes", () => {
  test("count once, and only for what they were sent for", async () => {
    const Username = await signedUp({ confirmed: false });
    const reset = (ConfirmationCode = pool.codeFor(Username)) =>
      pool.call("ConfirmForgotPassword", {
        ClientId: pool.clientId,
        Username,
        ConfirmationCode,
        Password: "Another-horse-8",
      });
    expect((await reset()).error).toBe("ExpiredCodeException");
    expect((await confirm(Username)).status).toBe(200);
    expect((await confirm(Username)).error).toBe("NotAuthorizedException");
    await pool.call("ForgotPassword", { ClientId: pool.clientId, Username });
    expect((await reset()).status).toBe(200);
    expect((await reset()).error).toBe("ExpiredCodeException");
  });

  test("can be sent again, and then the old one is void", async () => {
    const Username = await signedUp({ confirmed: false });
    const old = pool.codeFor(Username) ?? "";
    // One in a million times both are the same.
    do await pool.call("ResendConfirmationCode", { ClientId: pool.clientId, Username });
    while (pool.codeFor(Username) === old);
    expect((await confirm(Username, old)).error).toBe("CodeMismatchException");
    expect((await confirm(Username)).status).toBe(200);
    const again = await pool.call("ResendConfirmationCode", { ClientId: pool.clientId, Username });
    expect(again.error).toBe("InvalidParameterException");
  });

  test("cannot be guessed by trying all", async () => {
    const Username = await signedUp({ confirmed: false });
    const right = pool.codeFor(Username);
    for (let number = 0; number < 5; number += 1)
      expect((await confirm(Username, "wrong")).error).toBe("CodeMismatchException");
    expect((await confirm(Username, right)).error).toBe("LimitExceededException");
  });

  test("expire after a day", async () => {
    const Username = await signedUp({ confirmed: false });
    later(24 * 3600);
    expect((await confirm(Username)).error).toBe("ExpiredCodeException");
  });
});

describe("signing in", () => {
  test("gives tokens with Cognito's claims", async () => {
    const email = await signedUp();
    const tokens = await tokensOf(email);
    expect(tokens).toMatchObject({ TokenType: "Bearer", ExpiresIn: 3600 });
    const id = decodeJwt(tokens.IdToken ?? "");
    const access = decodeJwt(tokens.AccessToken ?? "");
    expect(id).toMatchObject({
      iss: pool.issuer,
      aud: pool.clientId,
      token_use: "id",
      email,
      email_verified: true,
      "cognito:username": id.sub,
    });
    expect(access).toMatchObject({
      iss: pool.issuer,
      sub: id.sub,
      client_id: pool.clientId,
      token_use: "access",
      scope: "aws.cognito.signin.user.admin",
      username: id.sub,
      origin_jti: id.origin_jti,
    });
    expect(access.aud).toBeUndefined();
    expect((access.exp ?? 0) - (access.iat ?? 0)).toBe(3600);
    expect(access.jti).not.toBe(id.jti);
  });

  test("says of a wrong password and an unknown user what the client wants said", async () => {
    const Username = await signedUp();
    expect((await signIn(Username, "Wrong-password-1")).error).toBe("NotAuthorizedException");
    expect((await signIn("nobody@example.org")).error).toBe("UserNotFoundException");
    const hidden = { ClientId: strict.clientId, Username: "nobody@example.org" };
    expect((await strict.call("ForgotPassword", hidden)).status).toBe(200);
    const reset = { ...hidden, ConfirmationCode: "123456", Password: GOOD_PASSWORD };
    expect((await strict.call("ConfirmForgotPassword", reset)).error).toBe("ExpiredCodeException");
  });

  test("works with the flows that the client allows", async () => {
    const { error, body } = await signIn("ann@example.org", GOOD_PASSWORD, strict);
    expect(error).toBe("InvalidParameterException");
    expect(body.message).toBe("USER_PASSWORD_AUTH flow not enabled for this client");
    const srp = { ClientId: strict.clientId, AuthFlow: "USER_SRP_AUTH", AuthParameters: {} };
    expect((await strict.call("InitiateAuth", srp)).error).toBe("InvalidParameterException");
  });

  test("is refreshed until the refresh token expires or is revoked", async () => {
    const { RefreshToken, IdToken = "" } = await tokensOf(await signedUp());
    const refreshed = await refresh(RefreshToken);
    const fresh = refreshed.body.AuthenticationResult as Record<string, string>;
    expect(fresh.RefreshToken).toBeUndefined();
    expect(decodeJwt(fresh.IdToken ?? "").auth_time).toBe(decodeJwt(IdToken).auth_time);
    expect((await refresh(`${RefreshToken}x`)).error).toBe("NotAuthorizedException");
    expect((await refresh(IdToken)).error).toBe("NotAuthorizedException");
    later(31 * 24 * 3600);
    expect((await refresh(RefreshToken)).error).toBe("NotAuthorizedException");
  });

  test("ends for Cognito's own API when the refresh token is revoked", async () => {
    const { RefreshToken, AccessToken } = await tokensOf(await signedUp());
    expect((await pool.call("GetUser", { AccessToken })).status).toBe(200);
    const revoke = (Token: string | undefined) =>
      pool.call("RevokeToken", { ClientId: pool.clientId, Token });
    expect((await revoke(AccessToken)).error).toBe("UnsupportedTokenTypeException");
    expect((await revoke(RefreshToken)).status).toBe(200);
    expect((await pool.call("GetUser", { AccessToken })).error).toBe("NotAuthorizedException");
    expect((await refresh(RefreshToken)).error).toBe("NotAuthorizedException");
  });

  test("ends everywhere with a global sign-out", async () => {
    const email = await signedUp();
    const [one, two] = [await tokensOf(email), await tokensOf(email)];
    expect((await pool.call("GlobalSignOut", { AccessToken: one.AccessToken })).status).toBe(200);
    expect((await refresh(two.RefreshToken)).error).toBe("NotAuthorizedException");
    expect((await pool.call("GetUser", { AccessToken: two.AccessToken })).error).toBe(
      "NotAuthorizedException",
    );
  });

  test("with a new password after the old one was forgotten", async () => {
    const Username = await signedUp();
    await pool.call("ForgotPassword", { ClientId: pool.clientId, Username });
    const ConfirmationCode = pool.codeFor(Username);
    const reset = (Password: string) =>
      pool.call("ConfirmForgotPassword", { ClientId: pool.clientId, Username, ConfirmationCode, Password });
    expect((await reset("weak")).error).toBe("InvalidPasswordException");
    expect((await reset("Another-horse-8")).status).toBe(200);
    expect((await signIn(Username)).error).toBe("NotAuthorizedException");
    expect((await signIn(Username, "Another-horse-8")).status).toBe(200);
  });
});

describe("administrators", () => {
  const inPool = () => ({ UserPoolId: pool.poolId });

  test("make accounts whose password is changed at the first sign-in", async () => {
    const Username = "made@example.org";
    const { body } = await pool.call("AdminCreateUser", { ...inPool(), Username });
    expect(body.User).toMatchObject({ UserStatus: "FORCE_CHANGE_PASSWORD", Enabled: true });
    const temporary = pool.mails.findLast((mail) => mail.includes(Username))?.split("password is ")[1];
    const challenged = await signIn(Username, temporary);
    expect(challenged.body.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    const respond = () =>
      pool.call("RespondToAuthChallenge", {
        ClientId: pool.clientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session: challenged.body.Session,
        ChallengeResponses: { USERNAME: Username, NEW_PASSWORD: GOOD_PASSWORD },
      });
    expect((await respond()).body.AuthenticationResult).toBeDefined();
    expect((await respond()).error).toBe("NotAuthorizedException");
    expect((await signIn(Username)).body.AuthenticationResult).toBeDefined();
  });

  test("set passwords, look at accounts and delete them, by e-mail address or sub", async () => {
    const Username = await signedUp({ confirmed: false });
    const Password = "Given-password-1";
    await pool.call("AdminSetUserPassword", { ...inPool(), Username, Password, Permanent: true });
    const { AccessToken, RefreshToken } = (await signIn(Username, Password)).body
      .AuthenticationResult as Record<string, string>;
    const { body } = await pool.call("AdminGetUser", { ...inPool(), Username });
    expect(body).toMatchObject({ UserStatus: "CONFIRMED" });
    expect(body.UserAttributes).toContainEqual({ Name: "email", Value: Username });
    await pool.call("AdminDeleteUser", { ...inPool(), Username: body.Username });
    expect((await pool.call("AdminGetUser", { ...inPool(), Username })).error).toBe("UserNotFoundException");
    expect((await pool.call("GetUser", { AccessToken })).error).toBe("NotAuthorizedException");
    expect((await refresh(RefreshToken)).error).toBe("NotAuthorizedException");
  });

  test("list accounts page by page, and find them", async () => {
    await signedUp();
    await signedUp();
    const found: unknown[] = [];
    let PaginationToken: unknown;
    do {
      const { body } = await pool.call("ListUsers", { ...inPool(), Limit: 2, PaginationToken });
      found.push(...(body.Users as { Username: string }[]).map((user) => user.Username));
      ({ PaginationToken } = body);
    } while (PaginationToken !== undefined);
    const { body: all } = await pool.call("ListUsers", inPool());
    expect(found).toEqual((all.Users as { Username: string }[]).map((user) => user.Username));
    expect(new Set(found).size).toBe(found.length);
    const Filter = `email = "person${people}@example.org"`;
    const { body: one } = await pool.call("ListUsers", { ...inPool(), Filter, AttributesToGet: ["email"] });
    const Attributes = [{ Name: "email", Value: `person${people}@example.org` }];
    expect(one.Users).toEqual([expect.objectContaining({ Attributes })]);
    const wrong = await pool.call("ListUsers", { ...inPool(), Filter: "email" });
    expect(wrong.error).toBe("InvalidParameterException");
  });

  test("see how pools and clients are set up", async () => {
    const { body } = await pool.call("DescribeUserPool", inPool());
    expect(body.UserPool).toMatchObject({ Id: pool.poolId, Name: "people", Domain: "people" });
    const input = { ...inPool(), ClientId: pool.clientId };
    const { body: client } = await pool.call("DescribeUserPoolClient", input);
    expect(client.UserPoolClient).toMatchObject({ ClientName: "web", AllowedOAuthFlows: ["code"] });
    const other = await pool.call("DescribeUserPool", { UserPoolId: "eu-central-1_other" });
    expect(other.error).toBe("ResourceNotFoundException");
  });
});

describe("the API", () => {
  test("is reached with a signature as well as without", async () => {
    const target = "AWSCognitoIdentityProviderService.DescribeUserPool";
    const { status } = await callJson(pool.endpoint, "cognito-idp", target, { UserPoolId: pool.poolId });
    expect(status).toBe(200);
  });

  test("names what is wrong with a call", async () => {
    expect((await pool.call("CreateGroup", {})).error).toBe("UnknownOperationException");
    expect((await pool.call("toString", {})).error).toBe("UnknownOperationException");
    expect((await pool.call("SignUp", { ClientId: 1 })).error).toBe("InvalidParameterException");
    const unknown = { ClientId: "other", Username: "a@example.org", Password: GOOD_PASSWORD };
    expect((await pool.call("SignUp", unknown)).error).toBe("ResourceNotFoundException");
  });
});
