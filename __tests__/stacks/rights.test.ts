import { describe, expect, it } from "vitest";
import { resourcesOf, rightsOf, type Statement, statements } from "../fixtures/resources.ts";
import { production } from "../fixtures/settings.ts";
import { type Synthesized, synthesize } from "../fixtures/stack.ts";

const dev = synthesize();
/** With all that settings can add. */
const everything = synthesize({
  ...production,
  IMAGE_PIPELINE_CANARY: '{"everyMinutes": 15}',
  IMAGE_PIPELINE_RECOGNITION: '{"labels": true, "moderation": true}',
  IMAGE_PIPELINE_SIGN_UP: '{"domains": ["example.org"]}',
  IMAGE_PIPELINE_USER_FOLDERS: "true",
  IMAGE_PIPELINE_ISOLATE_DECODERS: '{"zones": ["us-east-1a", "us-east-1c"]}',
});
const stacks: [string, Synthesized][] = [
  ["dev", dev],
  ["prod, with all that settings can add", everything],
];

const list = (value: string | string[]) => [value].flat();
const ACCOUNT = "${data.aws_caller_identity.account.account_id}";
const BUS = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;
const EXECUTIONS = `arn:aws:states:us-east-1:${ACCOUNT}:execution:image-pipeline-dev-workflow:*`;

/** Of all roles. */
const granted = (stack: Synthesized): (Statement & { role: string })[] =>
  resourcesOf(stack)
    .all("aws_iam_role_policy")
    .flatMap(([name, { policy }]) =>
      statements(policy)
        .filter(({ Effect }) => Effect === "Allow")
        .map((statement) => ({ ...statement, role: name.split("_")[0] ?? "" })),
    );
/** Allowed by policies of resources. */
const allowedByResources = (stack: Synthesized): Statement[] =>
  ["aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_sns_topic_policy", "aws_kms_key"]
    .flatMap((type) => resourcesOf(stack).values(type))
    .flatMap(({ policy }) => statements(policy))
    .filter(({ Effect }) => Effect === "Allow");

describe.each(stacks)("rights of %s", (_, stack) => {
  it("name their resources, all of them this stack's, but for what AWS lets nobody name", () => {
    for (const { Action, Resource } of granted(stack))
      for (const resource of list(Resource)) {
        if (resource === "*") {
          for (const action of list(Action))
            expect(action).toMatch(
              /^(xray:|ec2:\w+(NetworkInterfaces?|Subnets|PrivateIpAddresses)$|rekognition:Detect(Moderation)?Labels$|cloudwatch:GetMetricData$|lambda:GetAccountSettings$|logs:(\w+LogDeliver(y|ies)|\w+ResourcePolic(y|ies)|DescribeLogGroups)$)/,
            );
          continue;
        }
        expect(resource).toMatch(/^\$\{aws_|:image-pipeline-(dev|prod)-workflow:|:event-bus\/default$/);
      }
  });

  it("pass no role and change no policy, but for that of logs which a state machine has to have", () => {
    const actions = granted(stack).flatMap(({ Action, role }) =>
      list(Action).map((action) => `${role}: ${action}`),
    );
    expect(actions.length).toBeGreaterThan(100);
    const kindsOfKeyUse = /kms:(GenerateDataKey|ReEncrypt)\*$/;
    expect(
      actions.filter(
        (action) => /\*|: (iam|organizations):|Policy|Permission/.test(action) && !kindsOfKeyUse.test(action),
      ),
    ).toEqual(["workflow: logs:PutResourcePolicy"]);
  });

  it("are one role's each, within the boundary, and only this account's services assume them, but for what executions are handed", () => {
    const { values } = resourcesOf(stack);
    const functions = values("aws_lambda_function").map(({ role }) => role);
    expect(new Set(functions).size).toBe(functions.length);
    for (const { name, permissions_boundary, assume_role_policy } of values("aws_iam_role")) {
      expect(permissions_boundary).toMatch(/^\$\{aws_iam_policy\.boundary\.arn\}$/);
      const [trust, ...others] = statements(assume_role_policy);
      if (String(name).endsWith("-user-role"))
        expect(trust?.Condition).toMatchObject({
          StringEquals: {
            "cognito-identity.amazonaws.com:aud": expect.stringMatching(/^\$\{aws_cognito_identity_pool\./),
          },
        });
      else if (String(name).endsWith("-decoder-role"))
        expect([trust, ...others].map((each) => JSON.stringify(each?.Principal).split("_role_")[0])).toEqual(
          ["start-execution", "api-manage", "api-operate"].map(
            (starter) => `{"AWS":"\${aws_iam_role.${starter}`,
          ),
        );
      else expect(trust?.Condition).toEqual({ StringEquals: { "aws:SourceAccount": ACCOUNT } });
    }
  });

  it("of services are for what is named of this account, and nobody's else", () => {
    const { values } = resourcesOf(stack);
    const allowed = allowedByResources(stack);
    expect(allowed.length).toBeGreaterThan(10);
    for (const { Principal, Condition } of allowed) {
      const principal = JSON.stringify(Principal);
      // Administered by this account, by roles of its own.
      if (principal === `{"AWS":"arn:aws:iam::${ACCOUNT}:root"}`) continue;
      expect(principal).toMatch(/^\{"Service":/);
      const condition = JSON.stringify(Condition);
      expect(condition).toMatch(
        /"(aws:SourceArn|aws:SourceAccount|kms:EncryptionContext:aws:logs:arn)":\[?"(\$\{|arn:aws:\w+:[\w-]*:\$\{)/,
      );
      // The name of a bucket does not tell whose it is; other ARNs have the account in them.
      if (condition.includes('aws:SourceArn":"${aws_s3_bucket')) expect(condition).toContain(ACCOUNT);
    }
    const invoked = values("aws_lambda_permission");
    expect(invoked.length).toBeGreaterThan(4);
    for (const { principal, source_arn } of invoked) {
      expect(principal).toMatch(/^[\w-]+\.amazonaws\.com$/);
      expect(source_arn).toMatch(/^\$\{aws_/);
    }
  });
});

it("functions are invoked by the API, Cognito, the queue and the state machine; without an answer by schedules, for bad ends and by the budget's topic; and keep none of the account's concurrency", () => {
  const { all, values } = resourcesOf(everything);
  const functionIn = (reference: unknown) =>
    /aws_lambda_function\.([\w-]+)_function_/.exec(String(reference))?.[1];
  const permitted = values("aws_lambda_permission").map(
    ({ principal, function_name }) => `${functionIn(function_name)} by ${principal}`,
  );
  expect(permitted.sort()).toEqual([
    "api-manage by apigateway.amazonaws.com",
    "api-operate by apigateway.amazonaws.com",
    "api-upload by apigateway.amazonaws.com",
    "api-view by apigateway.amazonaws.com",
    "check-sign-up by cognito-idp.amazonaws.com",
    "close-uploads by sns.amazonaws.com",
    "reconcile by events.amazonaws.com",
  ]);
  const scheduled = values("aws_scheduler_schedule").map(({ target }) =>
    functionIn((target as { arn: string }).arn),
  );
  expect(scheduled.sort()).toEqual(["canary", "collect-storage-metrics", "reconcile"]);
  expect(
    values("aws_lambda_event_source_mapping").map(({ function_name }) => functionIn(function_name)),
  ).toEqual(["start-execution"]);
  const invoking = granted(everything).filter(({ Action }) => list(Action).includes("lambda:InvokeFunction"));
  expect(new Set(invoking.map(({ role }) => role))).toEqual(
    new Set(["canary-schedule", "reconcile-schedule", "storage-metrics-schedule", "workflow"]),
  );
  for (const [name, { reserved_concurrent_executions }] of all("aws_lambda_function"))
    expect([name, reserved_concurrent_executions]).toEqual([name, undefined]);
});

it("functions are told names and addresses, and no secret", () => {
  const environments = JSON.stringify(
    resourcesOf(everything)
      .values("aws_lambda_function")
      .map(({ environment }) => environment),
  );
  const told = [...environments.matchAll(/\$\{([^}]+)\}/g)].map(([, reference = ""]) =>
    reference.split(".").at(-1),
  );
  expect([...new Set(told)].sort()).toEqual([
    "api_endpoint",
    "arn",
    "bucket",
    "domain_name",
    "id",
    "name",
    "url",
  ]);
  expect(environments).not.toMatch(/secret|password|token/i);
});

describe("a function may do what it needs, where it needs it:", () => {
  it.each([
    ["validate", ["dynamodb:PutItem changes_table"]],
    ["resize", ["dynamodb:PutItem changes_table"]],
    ["decoder", ["s3:GetObjectVersion original_bucket/*", "s3:PutObject staging_bucket/*"]],
    [
      "watermark",
      [
        "dynamodb:GetItem metadata_table",
        "dynamodb:PutItem changes_table",
        "s3:DeleteObject processed_bucket/*",
        "s3:GetObject processed_bucket/*",
        "s3:GetObject staging_bucket/*",
        "s3:ListBucket staging_bucket",
        "s3:PutObject processed_bucket/*",
      ],
    ],
    [
      "record-metadata",
      [
        "dynamodb:GetItem metadata_table",
        "dynamodb:PutItem changes_table",
        "dynamodb:PutItem contents_table",
        "dynamodb:UpdateItem metadata_table",
        `events:PutEvents ${BUS}`,
        "s3:DeleteObject processed_bucket/*",
        "s3:DeleteObject staging_bucket/*",
        "s3:GetObject processed_bucket/*",
        "s3:ListBucket processed_bucket",
        "s3:PutObject processed_bucket/public/*",
        "s3:PutObjectTagging processed_bucket/*",
        "s3:PutObjectVersionTagging original_bucket/*",
        "sns:Publish outcomes_topic",
      ],
    ],
    [
      "reconcile",
      [
        "dynamodb:GetItem metadata_table",
        "dynamodb:PutItem changes_table",
        "dynamodb:Query metadata_table/index/byAttention",
        "dynamodb:Query metadata_table/index/byDeletion",
        "dynamodb:UpdateItem metadata_table",
        `events:PutEvents ${BUS}`,
        "s3:DeleteObject original_bucket/*",
        "s3:DeleteObject processed_bucket/*",
        "s3:ListBucket processed_bucket",
        "sns:Publish outcomes_topic",
        `states:DescribeExecution ${EXECUTIONS}`,
      ],
    ],
    [
      "start-execution",
      [
        "dynamodb:DeleteItem links_table",
        "dynamodb:DeleteItem metadata_table",
        "dynamodb:GetItem metadata_table",
        "dynamodb:GetItem usage_table",
        "dynamodb:PutItem changes_table",
        "dynamodb:Query contents_table",
        "dynamodb:Query links_table",
        "dynamodb:Query metadata_table/index/byAttention",
        "dynamodb:Query metadata_table/index/byOwnerStatus",
        "dynamodb:Scan presets_table",
        "dynamodb:UpdateItem metadata_table",
        "dynamodb:UpdateItem usage_table",
        `events:PutEvents ${BUS}`,
        "lambda:GetAccountSettings *",
        "s3:DeleteObject processed_bucket/*",
        "s3:DeleteObject staging_bucket/*",
        "s3:DeleteObjectTagging original_bucket/*",
        "s3:GetObject original_bucket/*",
        "s3:ListBucket original_bucket",
        "s3:ListBucket processed_bucket",
        "s3:ListBucket staging_bucket",
        "sqs:DeleteMessage uploads_queue",
        "sqs:GetQueueAttributes uploads_queue",
        "sqs:ReceiveMessage uploads_queue",
        "sqs:SendMessage uploads_queue",
        "states:StartExecution workflow_state-machine",
        "sts:AssumeRole decoder_role",
      ],
    ],
  ])("%s", (name, rights) => {
    expect(rightsOf(dev, name)).toEqual(rights);
  });

  it.each([
    [
      "recognise",
      ["rekognition:DetectLabels *", "rekognition:DetectModerationLabels *", "s3:GetObject staging_bucket/*"],
    ],
    [
      "canary",
      [
        "dynamodb:GetItem metadata_table",
        "s3:DeleteObject original_bucket/users/canary/*",
        "s3:GetObject processed_bucket/*",
        "s3:PutObject original_bucket/users/canary/*",
      ],
    ],
    ["check-sign-up", ["dynamodb:GetItem usage_table"]],
    ["close-uploads", ["dynamodb:PutItem usage_table"]],
  ])("%s, where a setting asks for it", (name, rights) => {
    expect(() => rightsOf(dev, name)).toThrow("has no rights");
    expect(rightsOf(everything, name).filter((right) => !right.startsWith("kms:"))).toEqual(rights);
  });
});

describe("keys", () => {
  it("of the stack's own are used by whoever reads or writes what they encrypt, through S3, DynamoDB, SQS and SNS only", () => {
    const all = granted(everything);
    const roles = new Set(all.map(({ role }) => role));
    for (const role of roles) {
      const own = all.filter((statement) => statement.role === role);
      const handles = own.some(({ Action }) =>
        list(Action).some((action) =>
          /^(s3:(Get|Put)Object(Version)?|dynamodb:\w+|sqs:\w+|sns:\w+)$/.test(action),
        ),
      );
      const uses = own.filter(({ Action }) => list(Action).includes("kms:Decrypt"));
      expect([role, uses.length > 0]).toEqual([role, handles]);
      for (const { Resource, Condition } of uses) {
        expect(list(Resource)).toEqual([expect.stringMatching(/^\$\{aws_kms_key\.encryption_key/)]);
        expect(Condition).toEqual({
          StringEquals: {
            "kms:ViaService": ["s3", "dynamodb", "sqs", "sns"].map(
              (name) => `${name}.us-east-1.amazonaws.com`,
            ),
          },
        });
      }
    }
  });

  it("that sign addresses are used by api-view alone, by one algorithm, and called as docs/security.md says to replace them", () => {
    for (const [, stack] of stacks) {
      const signers = granted(stack).filter(({ Action }) => list(Action).includes("kms:Sign"));
      expect(signers).toMatchObject([
        {
          role: "api-view",
          Condition: { StringEquals: { "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256" } },
        },
      ]);
      const signing = resourcesOf(stack).only("aws_kms_key", "signing_key_");
      expect(signing).toMatchObject({ key_usage: "SIGN_VERIFY" });
    }
  });
});
