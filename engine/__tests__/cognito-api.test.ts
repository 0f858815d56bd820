import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { exchangeCode, refresh, signedIn, startUsers } from "./cognito-support.ts";

const users = await startUsers();
for (const email of ["ann@example.org", 'b"b@example.org', "bob@example.net"])
  await users.testUser({ email });

const list = (input: object = {}) => users.call("ListUsers", { UserPoolId: users.pool.id, ...input });

async function found(Filter: string): Promise<unknown[]> {
  const { Users } = (await list({ Filter })).body as {
    Users: { Attributes: { Name: string; Value: string }[] }[];
  };
  return Users.map(({ Attributes }) => Attributes.find(({ Name }) => Name === "email")?.Value);
}

describe("ListUsers", () => {
  test("tells who there is", async () => {
    const { Users } = (await list()).body as { Users: Record<string, unknown>[] };
    expect(Users).toHaveLength(3);
    expect(await found(`sub = "${Users[0]?.Username}"`)).toEqual(["ann@example.org"]);
    expect(Users[0]).toEqual({
      Username: expect.stringMatching(/^[0-9a-f-]{36}$/),
      UserStatus: "CONFIRMED",
      Enabled: true,
      UserCreateDate: expect.any(Number),
      UserLastModifiedDate: expect.any(Number),
      Attributes: [
        { Name: "sub", Value: Users[0]?.Username },
        { Name: "email_verified", Value: "true" },
        { Name: "email", Value: "ann@example.org" },
      ],
    });
  });

  test.each([
    ['email = "ann@example.org"', ["ann@example.org"]],
    ['email="ann"', []],
    ['"email" = "bob@example.net"', ["bob@example.net"]],
    ['email = "b\\"b@example.org"', ['b"b@example.org']],
    ['email = "nobody@example.org"', []],
  ])("finds by %s", async (filter, emails) => {
    expect(await found(filter)).toEqual(emails);
  });

  test.each([
    { Filter: "email" },
    { Filter: 'name = "Ann"' },
    { Filter: 'email ^= "a"' },
    { Limit: 2 },
    { UserPoolId: 1 },
  ])("refuses %j rather than to leave it unheeded", async (input) => {
    expect(await list(input)).toMatchObject({ status: 400, body: { __type: "InvalidParameterException" } });
  });

  test("knows its own pools only", async () => {
    const { status, body } = await list({ UserPoolId: "eu-central-1_other" });
    expect([status, body.__type]).toEqual([400, "ResourceNotFoundException"]);
  });
});

test("AdminDeleteUser ends an account, by address or by name, and with it what could be renewed", async () => {
  const { code } = (await signedIn(users, {}, "gone@example.org")).answer;
  const browser = await signedIn(users, {}, "gone@example.org");
  const { body } = await exchangeCode(users, browser.answer.code);
  const input = { UserPoolId: users.pool.id, Username: "gone@example.org" };
  expect((await users.call("AdminDeleteUser", input)).status).toBe(200);
  expect(await found('email = "gone@example.org"')).toEqual([]);
  expect((await refresh(users, body.refresh_token)).body.error).toBe("invalid_grant");
  expect((await exchangeCode(users, code)).body.error).toBe("invalid_grant");
  expect((await users.call("AdminDeleteUser", input)).body.__type).toBe("UserNotFoundException");
});

test("people are in every group until they are taken out of it, and tokens say so", async () => {
  users.pool.groups.push("operators", "others");
  const groups = async () => {
    const { accessToken, idToken } = await users.testUser({ email: "ann@example.org" });
    const [access, identity] = [decodeJwt(accessToken), decodeJwt(idToken)];
    expect(access["cognito:groups"]).toEqual(identity["cognito:groups"]);
    return access["cognito:groups"];
  };
  const member = { UserPoolId: users.pool.id, Username: "ann@example.org", GroupName: "operators" };
  expect(await groups()).toEqual(["operators", "others"]);
  expect((await users.call("AdminRemoveUserFromGroup", member)).status).toBe(200);
  expect(await groups()).toEqual(["others"]);
  expect((await users.call("AdminAddUserToGroup", member)).status).toBe(200);
  expect(await groups()).toEqual(["operators", "others"]);
  const unknown = { ...member, GroupName: "nobody" };
  expect((await users.call("AdminAddUserToGroup", unknown)).body.__type).toBe("ResourceNotFoundException");
});

test("every other operation is not there, and the answer says what is", async () => {
  for (const name of ["SignUp", "toString"]) {
    const { status, body } = await users.call(name, {});
    const message = `This engine's Cognito does not have ${name}. It has AdminAddUserToGroup, AdminDeleteUser, AdminRemoveUserFromGroup, ListUsers.`;
    expect([status, body]).toMatchObject([501, { __type: "NotImplemented", message }]);
  }
});
