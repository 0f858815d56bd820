import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { expect, test, vi } from "vitest";
import { ACCOUNT, policyOf, roleOf, sharedEngine } from "./engine-support.ts";
import { adminClients, allow, clientsOf, clientsWith, deny, IDENTITY, refusalOf } from "./iam-support.ts";

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const trustOf = (Principal: object) => policyOf({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });

const engine = await sharedEngine({
  functions: {
    starter: { code: IDENTITY, allowed: [allow("sts:AssumeRole", roleArn("looks"))] },
    stranger: { code: IDENTITY, allowed: [allow("sts:AssumeRole", "*")] },
    nobody: { code: IDENTITY, allowed: [allow("logs:*", "*")] },
  },
  resource: {
    aws_s3_bucket: { b: { bucket: "pictures" } },
    aws_iam_role: {
      looks: {
        ...roleOf("looks", "lambda.amazonaws.com"),
        assume_role_policy: trustOf({ AWS: "${aws_iam_role.starter.arn}" }),
      },
    },
    aws_iam_role_policy: {
      looks: {
        role: "${aws_iam_role.looks.name}",
        policy: policyOf(
          allow("s3:GetObject", "arn:aws:s3:::pictures/*"),
          deny("s3:GetObject", "arn:aws:s3:::pictures/secret"),
        ),
      },
    },
  },
});
const { s3: admin } = adminClients(engine);
for (const Key of ["one", "two", "secret"])
  await admin.send(new PutObjectCommand({ Bucket: "pictures", Key, Body: Key }));

async function assume(who: string, over: Partial<AssumeRoleCommandInput> = {}) {
  const { sts } = await clientsOf(engine, who);
  const asked = { RoleArn: roleArn("looks"), RoleSessionName: "for-one", ...over };
  return sts.send(new AssumeRoleCommand(asked));
}

async function reader(over: Partial<AssumeRoleCommandInput> = {}, userAgentAppId?: string) {
  const { Credentials: given } = await assume("starter", over);
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken ?? "",
  };
  const { s3 } = clientsWith(engine, credentials, userAgentAppId === undefined ? {} : { userAgentAppId });
  const read = (Key: string) => s3.send(new GetObjectCommand({ Bucket: "pictures", Key }));
  return Object.assign(read, { s3, credentials });
}

const only = (key: string) => policyOf(allow("s3:*", `arn:aws:s3:::pictures/${key}`));

test("a session may do what its role may, under its own name", async () => {
  const read = await reader();
  expect(await (await read("two")).Body?.transformToString()).toBe("two");
  expect(await refusalOf(read("secret"))).toMatchObject({
    name: "AccessDenied",
    message: expect.stringMatching(/assumed-role\/looks\/for-one.*explicit deny in an identity-based policy/),
  });
});

test("a session's policy takes from what its role may, and gives nothing", async () => {
  const read = await reader({ Policy: only("one") });
  expect(await (await read("one")).Body?.transformToString()).toBe("one");
  expect(await refusalOf(read("two"))).toMatchObject({
    name: "AccessDenied",
    message: expect.stringContaining("because no session policy allows the s3:GetObject action"),
  });
  const write = read.s3.send(new PutObjectCommand({ Bucket: "pictures", Key: "one", Body: "x" }));
  expect(await refusalOf(write)).toMatchObject({ name: "AccessDenied" });
});

test("with the signature of another secret, nothing", async () => {
  const { credentials } = await reader();
  const { s3 } = clientsWith(engine, { ...credentials, secretAccessKey: "made up" });
  expect(await refusalOf(s3.send(new GetObjectCommand({ Bucket: "pictures", Key: "one" })))).toMatchObject({
    name: "SignatureDoesNotMatch",
  });
});

test("a session ends", async () => {
  const read = await reader({ DurationSeconds: 900 });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 901_000 });
  try {
    expect(await refusalOf(read("one"))).toMatchObject({ name: "ExpiredToken", status: 400 });
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ["whom the role does not trust", "stranger", {}, "is not authorized to perform: sts:AssumeRole"],
  ["who is not allowed to", "nobody", {}, "no identity-based policy allows the sts:AssumeRole action"],
  ["of a role that is not there", "stranger", { RoleArn: roleArn("another-role") }, "is not authorized"],
  ["for longer than an hour, by another role", "starter", { DurationSeconds: 3601 }, "role chaining"],
  ["with a policy that is none", "starter", { Policy: "{}" }, "policy document"],
  ["under a name that is none", "starter", { RoleSessionName: "a b" }, "RoleSessionName"],
])("nobody takes on a role %s", async (_, who, over, message) => {
  expect(await refusalOf(assume(who, over))).toMatchObject({ message: expect.stringContaining(message) });
});

test("who says which function it is, is counted as that", async () => {
  const calls: (string | undefined)[] = [];
  engine.events.on("call", ({ operation, functionName }) => {
    if (operation === "GetObject") calls.push(functionName);
  });
  await (await reader())("one");
  await (await reader({}, "starter"))("one");
  expect(calls).toEqual([undefined, "starter"]);
});
