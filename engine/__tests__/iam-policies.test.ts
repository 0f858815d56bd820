import { describe, expect, test } from "vitest";
import { type Access, Permissions } from "../iam/index.ts";
import { Policy } from "../iam/policy.ts";
import { policyOf, roleOf } from "./engine-support.ts";

const REGION = "eu-central-1";
const ACCOUNT_ID = "000000000000";
const arn = `arn:aws:iam::${ACCOUNT_ID}:role/reader`;
const READ: Access = { action: "s3:GetObject", resource: "arn:aws:s3:::photos/a/b.jpg" };
const allow = (over: object = {}) => ({ Effect: "Allow", Action: "s3:GetObject", Resource: "*", ...over });
const deny = (over: object = {}) => allow({ Effect: "Deny", ...over });

interface Setting {
  own?: object[];
  boundary?: object[];
  /** Of the bucket. */
  bucket?: object[];
  tags?: Record<string, string>;
}

function callerWith({ own = [], boundary, bucket, tags = {} }: Setting) {
  const permissions = new Permissions({ region: REGION, accountId: ACCOUNT_ID });
  const trust = new Policy(roleOf("reader", "lambda.amazonaws.com").assume_role_policy, "trust");
  permissions.createRole({
    name: "reader",
    arn,
    tags,
    trust,
    boundary: boundary && new Policy(policyOf(...boundary), "identity"),
  });
  for (const statement of own) permissions.addToRole("reader", new Policy(policyOf(statement), "identity"));
  if (bucket) permissions.addToResource("arn:aws:s3:::photos", new Policy(policyOf(...bucket), "resource"));
  const fn = { name: "show", arn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:show`, roleArn: arn };
  permissions.createFunction(fn);
  return permissions.function("show");
}

const isAllowed = (setting: Setting, access: Access = READ) =>
  callerWith(setting).refusalOf(access) === undefined;

describe("a call is allowed", () => {
  test.each<[string, object]>([
    ["by its very action and resource", { Resource: READ.resource }],
    ["by an action in other letters", { Action: "S3:getobject" }],
    ["by wildcards in the action", { Action: "s3:Get*" }],
    ["by a ? in the action", { Action: "s3:Get?bject" }],
    ["by any action", { Action: "*" }],
    ["by a wildcard in the resource, which spans slashes", { Resource: "arn:aws:s3:::photos/*" }],
    ["by one of several", { Action: ["s3:PutObject", "s3:GetObject"] }],
    ["by a variable that has a value", { Resource: "arn:aws:s3:::photos/${aws:PrincipalTag/folder}/*" }],
  ])("%s", (_, over) => expect(isAllowed({ own: [allow(over)], tags: { folder: "a" } })).toBe(true));
});

describe("a call is not allowed", () => {
  test.each<[string, object]>([
    ["by another action", { Action: "s3:GetObjectVersion" }],
    ["by another service's action of that name", { Action: "s4:GetObject" }],
    ["by a resource in other letters", { Resource: "arn:aws:s3:::Photos/*" }],
    ["by another resource", { Resource: "arn:aws:s3:::photos" }],
    ["by a wildcard for one letter only", { Resource: "arn:aws:s3:::photos/a/?.jp" }],
    ["by a variable without a value", { Resource: "arn:aws:s3:::photos/${aws:PrincipalTag/none}*" }],
    ["by a * that came from a variable", { Resource: "arn:aws:s3:::photos/${aws:PrincipalTag/star}" }],
    ["by a pattern that came from one", { Resource: "arn:aws:s3:::photos/${aws:PrincipalTag/pattern}" }],
  ])("%s", (_, over) =>
    expect(isAllowed({ own: [allow(over)], tags: { star: "*", pattern: ".*" } })).toBe(false),
  );

  test("across segments of an ARN", () => {
    const access = { action: "sqs:SendMessage", resource: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:q` };
    const own = (Resource: string) => [allow({ Action: "sqs:*", Resource })];
    expect(isAllowed({ own: own("arn:aws:sqs:*:*:q") }, access)).toBe(true);
    const more = { ...access, resource: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:more:q` };
    expect(isAllowed({ own: own("arn:aws:sqs:*:*:q") }, more)).toBe(false);
    expect(isAllowed({ own: own("arn:aws:sqs:*:*:*q") }, more)).toBe(true);
  });
});

describe("several policies", () => {
  test.each<[string, Setting, string]>([
    ["none allows it", {}, "because no identity-based policy allows the s3:GetObject action"],
    ["one denies it", { own: [allow(), deny()] }, "with an explicit deny in an identity-based policy"],
    [
      "the boundary says nothing of it",
      { own: [allow()], boundary: [allow({ Action: "s3:PutObject" })] },
      "because no permissions boundary allows the s3:GetObject action",
    ],
    [
      "the boundary denies it",
      { own: [allow()], boundary: [allow(), deny()] },
      "with an explicit deny in a permissions boundary",
    ],
    [
      "only the boundary allows it",
      { boundary: [allow()] },
      "because no identity-based policy allows the s3:GetObject action",
    ],
    [
      "the bucket's denies it",
      { own: [allow()], bucket: [deny({ Principal: "*" })] },
      "with an explicit deny in a resource-based policy",
    ],
    [
      "the bucket's denies it to the account",
      { own: [allow()], bucket: [deny({ Principal: { AWS: ACCOUNT_ID } })] },
      "with an explicit deny in a resource-based policy",
    ],
    [
      "the bucket's leaves it to the account's own policies",
      { bucket: [allow({ Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` } })] },
      "because no identity-based policy allows the s3:GetObject action",
    ],
    [
      "the bucket's allows it to others",
      { bucket: [allow({ Principal: { Service: "cloudfront.amazonaws.com", AWS: `${arn}s` } })] },
      "because no identity-based policy allows the s3:GetObject action",
    ],
  ])("refuse what %s", (_, setting, reason) => {
    const user = `User: arn:aws:sts::${ACCOUNT_ID}:assumed-role/reader/show`;
    const call = `is not authorized to perform: s3:GetObject on resource: ${READ.resource}`;
    expect(callerWith(setting).refusalOf(READ)).toBe(`${user} ${call} ${reason}`);
  });

  test.each<[string, Setting]>([
    ["one allows and none denies", { own: [deny({ Action: "s3:PutObject" }), allow()] }],
    ["the boundary allows as well", { own: [allow()], boundary: [allow({ Action: "*" })] }],
    ["the bucket's allows", { bucket: [allow({ Principal: { AWS: arn } })] }],
  ])("allow what %s", (_, setting) => expect(isAllowed(setting)).toBe(true));
});

describe("conditions", () => {
  const list = (prefix?: string): Access => ({
    action: "s3:ListBucket",
    resource: "arn:aws:s3:::photos",
    ...(prefix !== undefined && { context: { "s3:prefix": prefix } }),
  });
  const holds = (Condition: object, access = list("a/b"), tags = {}) =>
    isAllowed({ own: [allow({ Action: "s3:ListBucket", Condition })], tags }, access);

  test.each<[object, boolean]>([
    [{ StringEquals: { "s3:prefix": ["x", "a/b"] } }, true],
    [{ StringEquals: { "S3:Prefix": "a/b" } }, true],
    [{ StringEquals: { "s3:prefix": "a/*" } }, false],
    [{ StringEquals: { "s3:prefix": "A/B" } }, false],
    [{ StringLike: { "s3:prefix": "a/?" } }, true],
    [{ StringLike: { "s3:prefix": "${aws:PrincipalTag/folder}/*" } }, true],
    [{ StringNotEquals: { "s3:prefix": ["x", "a/b"] } }, false],
    [{ StringNotEquals: { "s3:prefix": ["x", "y"] } }, true],
    [{ StringEquals: { "s3:prefix": "a/b", "aws:RequestedRegion": "us-east-1" } }, false],
    [{ StringEquals: { "s3:prefix": "a/b" }, StringLike: { "aws:RequestedRegion": "eu-*" } }, true],
    [{ ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${ACCOUNT_ID}:role/read*` } }, true],
    [{ ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::*:role/r*" } }, true],
    [{ ArnLike: { "lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:show" } }, true],
    [{ Bool: { "aws:SecureTransport": "true" } }, true],
    [{ Bool: { "aws:SecureTransport": false } }, false],
    [{ Null: { "s3:prefix": "false", "aws:SourceArn": "true" } }, true],
    [{ Null: { "s3:prefix": "true" } }, false],
    [{ StringEquals: { "aws:SourceArn": "x" } }, false],
    [{ StringNotEquals: { "aws:SourceArn": "x" } }, true],
    [{ "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "x" } }, false],
    [{ "ForAnyValue:StringLike": { "s3:prefix": "a*" } }, true],
  ])("%j: %s", (condition, expected) => {
    expect(holds(condition, list("a/b"), { folder: "a" })).toBe(expected);
  });

  test("about what a call does not have do not hold", () => {
    expect(holds({ StringEquals: { "s3:prefix": "" } }, list())).toBe(false);
  });

  test("of a deny have to hold for it", () => {
    const insecure = deny({ Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } });
    expect(isAllowed({ own: [allow()], bucket: [insecure] })).toBe(true);
  });
});

describe("a document is refused", () => {
  test.each<[string, object, RegExp]>([
    ["with another version", { Version: "2008-10-17", Statement: [allow()] }, /Version/],
    ["with an element that nobody reads", allow({ NotPrincipal: "*" }), /NotPrincipal/],
    ["with an action that is none", allow({ Action: "GetObject" }), /"GetObject" is not an action/],
    ["without an action", allow({ Action: undefined }), /Action/],
    ["without a resource", allow({ Resource: undefined }), /names no resource/],
    ["with all actions but some", allow({ Action: undefined, NotAction: "s3:*" }), /NotAction/],
    ["with all resources but some", allow({ Resource: undefined, NotResource: "*" }), /NotResource/],
    [
      "with a variable that may have another value",
      allow({ Resource: "arn:aws:s3:::photos/${aws:PrincipalTag/none, 'a'}/*" }),
      /no other value/,
    ],
    ["with half an ARN", allow({ Resource: "arn:aws:s3" }), /neither \* nor a whole ARN/],
    ["with any service", allow({ Resource: "arn:aws:*:::photos" }), /wildcard for the service/],
    ["with a principal", allow({ Principal: "*" }), /names no principal/],
    [
      "with an operator that is not here",
      allow({ Condition: { NumericEquals: { "s3:prefix": "1" } } }),
      /NumericEquals/,
    ],
    [
      "with a key that is not here",
      allow({ Condition: { StringEquals: { "aws:SourceVpc": "x" } } }),
      /aws:SourceVpc/,
    ],
    [
      "with a variable that is not here",
      allow({ Resource: "arn:aws:s3:::${aws:username}/*" }),
      /aws:username/,
    ],
    [
      "with a variable where not having it would allow",
      allow({ Condition: { StringNotEquals: { "s3:prefix": "${aws:PrincipalTag/x}" } } }),
      /takes no variable/,
    ],
    [
      "with a truth that is none",
      allow({ Condition: { Bool: { "aws:SecureTransport": "no" } } }),
      /neither true nor false/,
    ],
    [
      "that leaves open if all or any are meant",
      allow({ Condition: { StringLike: { "cognito-identity.amazonaws.com:amr": "x" } } }),
      /ForAnyValue:StringLike/,
    ],
  ])("%s", (_, document, message) => {
    const text = "Version" in document ? JSON.stringify(document) : policyOf(document);
    expect(() => new Policy(text, "identity")).toThrow(message);
  });

  test("that is no JSON", () => expect(() => new Policy("{", "identity")).toThrow(/not JSON/));
  test("of a resource, without a principal", () =>
    expect(() => new Policy(policyOf(allow()), "resource")).toThrow(/names no principal/));
  test("of a resource, with a principal of a kind that is not here", () =>
    expect(() => new Policy(policyOf(allow({ Principal: { CanonicalUser: "x" } })), "resource")).toThrow(
      /CanonicalUser/,
    ));
  test("about trust, with a resource", () =>
    expect(() => new Policy(policyOf(allow({ Principal: "*" })), "trust")).toThrow(/names no resource/));
});
