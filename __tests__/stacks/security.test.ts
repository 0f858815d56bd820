import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unitDollars } from "../../stacks/costs/prices.ts";
import { resourcesOf, statements } from "../fixtures/resources.ts";
import { otherwise, production } from "../fixtures/settings.ts";
import { projectFolder, type Synthesized, synthesize } from "../fixtures/stack.ts";

const dev = synthesize();
const prod = synthesize(production);

describe("prod differs from dev by settings:", () => {
  it("Terraform refuses to delete what holds images, records, users, the key to them, and who used them", () => {
    const kept = (stack: Synthesized) =>
      Object.entries(stack.json.resource).flatMap(([type, resources]) =>
        Object.entries(resources).flatMap(([name, { lifecycle }]) =>
          lifecycle && "prevent_destroy" in (lifecycle as object) ? [`${type} ${name.split("_")[0]}`] : [],
        ),
      );
    expect(kept(dev)).toEqual([]);
    expect(kept(prod).sort()).toEqual([
      "aws_cognito_user_pool users",
      "aws_dynamodb_table changes",
      "aws_dynamodb_table contents",
      "aws_dynamodb_table links",
      "aws_dynamodb_table metadata",
      "aws_dynamodb_table presets",
      "aws_dynamodb_table usage",
      "aws_kms_key encryption",
      "aws_s3_bucket audit-trail",
      "aws_s3_bucket original",
      "aws_s3_bucket processed",
    ]);
  });

  it("who is invited hears of it through SES", () => {
    expect(resourcesOf(prod).only("aws_cognito_user_pool")).toMatchObject({
      email_configuration: {
        email_sending_account: "DEVELOPER",
        from_email_address: "photos@example.org",
        source_arn: "arn:aws:ses:us-east-1:111122223333:identity/example.org",
      },
    });
  });

  it("no page of this machine may use it", () => {
    expect(prod.text).not.toContain("http://localhost");
    expect(resourcesOf(prod).only("aws_apigatewayv2_api").cors_configuration).toBeUndefined();
  });

  it("a month that has cost what it may closes uploads, and people are told before", () => {
    const { only, values } = resourcesOf(prod);
    expect(only("aws_budgets_budget")).toMatchObject({
      name: "image-pipeline-prod-month",
      budget_type: "COST",
      time_unit: "MONTHLY",
      limit_amount: "200",
      limit_unit: "USD",
      notification: [
        { notification_type: "ACTUAL", threshold: 100, subscriber_sns_topic_arns: [expect.any(String)] },
        { notification_type: "ACTUAL", threshold: 80 },
        { notification_type: "FORECASTED", threshold: 100 },
      ],
    });
    expect(values("aws_sns_topic_subscription")).toContainEqual(
      expect.objectContaining({
        protocol: "lambda",
        endpoint: expect.stringContaining("aws_lambda_function.close-uploads"),
      }),
    );
    const [says] = statements(only("aws_sns_topic_policy", "budget").policy);
    expect(says).toMatchObject({
      Principal: { Service: "budgets.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": expect.any(String) } },
    });
    expect(resourcesOf(dev).values("aws_budgets_budget")).toEqual([]);
  });

  it("its tables and its users refuse to be deleted", () => {
    for (const [stack, isOn] of [
      [dev, false],
      [prod, true],
    ] as const) {
      for (const table of ["metadata", "usage", "changes"])
        expect(resourcesOf(stack).only("aws_dynamodb_table", table).deletion_protection_enabled).toBe(isOn);
      expect(resourcesOf(stack).values("aws_cognito_user_pool")[0]?.deletion_protection).toBe(
        isOn ? "ACTIVE" : "INACTIVE",
      );
    }
  });

  it("its logs are kept for a year", () => {
    for (const { retention_in_days } of resourcesOf(prod).values("aws_cloudwatch_log_group"))
      expect(retention_in_days).toBe(365);
  });

  it("who read and wrote its objects and records is recorded, in a bucket that only the trail writes to", () => {
    expect(resourcesOf(dev).values("aws_cloudtrail")).toEqual([]);
    const [trail] = resourcesOf(prod).values("aws_cloudtrail");
    expect(trail).toMatchObject({ enable_log_file_validation: true });
    expect(JSON.stringify(trail?.advanced_event_selector)).toMatch(
      /AWS::S3::Object.*original.*processed.*AWS::DynamoDB::Table.*metadata/,
    );
    expect(trail?.depends_on).toEqual([expect.stringMatching(/^aws_s3_bucket_policy\.audit/)]);
    const [, policy] =
      resourcesOf(prod)
        .all("aws_s3_bucket_policy")
        .find(([name]) => name.startsWith("audit")) ?? [];
    const writers = statements(policy?.policy).filter(({ Action }) =>
      [Action].flat().includes("s3:PutObject"),
    );
    expect(writers.map(({ Principal }) => Principal)).toEqual([{ Service: "cloudtrail.amazonaws.com" }]);
  });
});

describe("a key of the stack's own", () => {
  it("turns over, encrypts what holds images or tells of them, and logs", () => {
    expect(() => resourcesOf(dev).only("aws_kms_key", "encryption")).toThrow(/^0 resources/);
    expect(resourcesOf(prod).only("aws_kms_key", "encryption")).toMatchObject({
      enable_key_rotation: true,
      deletion_window_in_days: 30,
    });
    const key = expect.stringMatching(/^\$\{aws_kms_key\.encryption.*\.arn\}$/);
    for (const table of resourcesOf(prod).values("aws_dynamodb_table"))
      expect(table.server_side_encryption).toEqual({ enabled: true, kms_key_arn: key });
    for (const queue of resourcesOf(prod).values("aws_sqs_queue")) {
      expect(queue.kms_master_key_id).toEqual(key);
      // The two exclude each other.
      expect(queue).not.toHaveProperty("sqs_managed_sse_enabled");
    }
    for (const topic of resourcesOf(prod).values("aws_sns_topic"))
      expect(topic.kms_master_key_id).toEqual(key);
    for (const logs of resourcesOf(prod).values("aws_cloudwatch_log_group"))
      expect(logs.kms_key_id).toEqual(key);
    const encrypted = resourcesOf(prod)
      .all("aws_s3_bucket_server_side_encryption_configuration")
      .filter(([, { rule }]) => JSON.stringify(rule).includes("aws:kms"))
      .map(([name]) => name.split("_")[0]);
    expect(encrypted.sort()).toEqual(["original", "processed", "staging"]);
  });

  it("outlives the buckets whose objects it encrypted", () => {
    for (const [name, { depends_on }] of resourcesOf(prod).all("aws_s3_bucket"))
      if (/^(original|staging|processed)/.test(name))
        expect(depends_on).toEqual([expect.stringMatching(/^aws_kms_key\./)]);
  });

  it("lets the services in that send, for this account only, and nobody by a wildcard", () => {
    const policy = statements(resourcesOf(prod).only("aws_kms_key", "encryption").policy);
    expect(policy.map(({ Sid }) => Sid)).toEqual([
      "NotToBeDeleted",
      "AdministeredByTheAccount",
      "ServicesThatSend",
      "PublishedFilesAtTheEdge",
      "Logs",
    ]);
    for (const { Effect, Principal, Condition, Sid } of policy) {
      if (Effect === "Deny") continue;
      expect(JSON.stringify(Principal)).not.toContain('"*"');
      if (Sid !== "AdministeredByTheAccount") expect(Condition).toBeDefined();
    }
    // Which one reads published files, their bucket's policy says.
    expect(policy.find(({ Sid }) => Sid === "PublishedFilesAtTheEdge")).toMatchObject({
      Principal: { Service: "cloudfront.amazonaws.com" },
      Action: "kms:Decrypt",
      Condition: { ArnLike: { "aws:SourceArn": expect.stringMatching(/:distribution\/\*$/) } },
    });
  });

  it("is deleted by nobody while deletion is refused", () => {
    const refused = (stack: Synthesized) =>
      statements(resourcesOf(stack).only("aws_kms_key", "encryption").policy).filter(
        ({ Effect }) => Effect === "Deny",
      );
    expect(refused(prod)).toEqual([
      {
        Sid: "NotToBeDeleted",
        Effect: "Deny",
        Principal: "*",
        Action: "kms:ScheduleKeyDeletion",
        Resource: "*",
      },
    ]);
    expect(refused(synthesize({ IMAGE_PIPELINE_ENCRYPTION_KEY: "customer" }))).toEqual([]);
  });
});

describe("what holds images or tells of them", () => {
  const { values } = resourcesOf(
    synthesize({
      IMAGE_PIPELINE_ALARMS: '{"email": "oncall@example.org"}',
      IMAGE_PIPELINE_BUDGET: '{"monthlyDollars": 200}',
    }),
  );

  it("is encrypted at rest with AWS's keys, but for the topics of alarms and of the budget", () => {
    for (const queue of values("aws_sqs_queue")) expect(queue.sqs_managed_sse_enabled).toBe(true);
    for (const table of values("aws_dynamodb_table"))
      expect(table.server_side_encryption).toMatchObject({ enabled: true });
    const topics = values("aws_sns_topic").map((topic) => [topic.name, topic.kms_master_key_id]);
    expect(topics.sort()).toEqual([
      ["image-pipeline-dev-alarms", undefined],
      ["image-pipeline-dev-budget", undefined],
      ["image-pipeline-dev-outcomes", "alias/aws/sns"],
    ]);
  });

  it("refuses plain HTTP, queues and topics as buckets do", () => {
    for (const type of ["aws_sqs_queue", "aws_sns_topic"]) {
      const policies = values(`${type}_policy`);
      expect(policies).toHaveLength(values(type).length);
      for (const { policy } of policies)
        expect(statements(policy)).toContainEqual(
          expect.objectContaining({
            Effect: "Deny",
            Principal: "*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        );
    }
  });
});

const ZONES = '{"zones": ["us-east-1a", "us-east-1c"]}';

describe("decoders that are isolated", () => {
  const isolated = synthesize({ IMAGE_PIPELINE_ISOLATE_DECODERS: ZONES });
  const { all, only, values } = resourcesOf(isolated);
  /** What a policy lets somebody do with one service, as `action resource`. */
  const allowed = (policy: unknown, service: string) => [
    ...new Set(
      statements(policy).flatMap(({ Effect, Action, Resource }) =>
        [Action]
          .flat()
          .filter((action) => Effect === "Allow" && action.startsWith(`${service}:`))
          .flatMap((action) => [Resource ?? []].flat().map((resource) => `${action} ${resource}`)),
      ),
    ),
  ];

  it("are the two that read what strangers send, unless the setting is off, and never on an emulator", () => {
    const connected = all("aws_lambda_function").flatMap(([name, { vpc_config }]) =>
      vpc_config === undefined ? [] : [name.split("_")[0]],
    );
    expect(connected.sort()).toEqual(["resize", "validate"]);
    expect(values("aws_subnet")).toMatchObject([
      { availability_zone: "us-east-1a", cidr_block: "10.0.0.0/26" },
      { availability_zone: "us-east-1c", cidr_block: "10.0.0.128/26" },
    ]);
    const emulated = synthesize({
      IMAGE_PIPELINE_ISOLATE_DECODERS: ZONES,
      AWS_ENDPOINT_URL: "http://localhost.localstack.cloud:4566",
    });
    for (const stack of [dev, emulated]) expect(resourcesOf(stack).values("aws_vpc")).toEqual([]);
  });

  it("reach S3 and DynamoDB, and of those what their roles name", () => {
    const types = Object.keys(isolated.json.resource);
    expect(types.filter((type) => /gateway|route|peering|eip/.test(type) && !/api/.test(type))).toEqual([]);
    const roles = ["validate", "resize", "decoder"].map((name) => only("aws_iam_role_policy", name).policy);
    for (const service of ["s3", "dynamodb"]) {
      const endpoint = only("aws_vpc_endpoint", `decoders_${service}`);
      expect(endpoint.service_name).toBe(`com.amazonaws.us-east-1.${service}`);
      const needed = [...new Set(roles.flatMap((policy) => allowed(policy, service)))];
      expect(needed).not.toEqual([]);
      expect(allowed(endpoint.policy, service).sort()).toEqual(needed.sort());
      for (const { Condition } of statements(endpoint.policy))
        expect(Condition).toEqual({ StringEquals: { "aws:PrincipalAccount": expect.any(String) } });
    }
    expect(only("aws_security_group")).not.toHaveProperty("ingress");
    for (const rule of values("aws_vpc_security_group_egress_rule"))
      expect(rule).toMatchObject({
        prefix_list_id: expect.stringMatching(/^\$\{aws_vpc_endpoint\..*\.prefix_list_id\}$/),
        from_port: 443,
        to_port: 443,
      });
    expect(types).not.toContain("aws_vpc_security_group_ingress_rule");
  });

  it("may not make interfaces themselves, and no other role lets Lambda make any", () => {
    const makers = all("aws_iam_role_policy").filter(([, { policy }]) => String(policy).includes("ec2:"));
    expect(makers.map(([name]) => name.split("_")[0]).sort()).toEqual(["resize", "validate"]);
    for (const [name, { policy }] of makers)
      expect(statements(policy)).toContainEqual({
        Effect: "Deny",
        Action: expect.arrayContaining(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]),
        Resource: ["*"],
        Condition: {
          ArnEquals: {
            "lambda:SourceFunctionArn": expect.stringMatching(
              new RegExp(`function:image-pipeline-dev-${name.split("_")[0]}$`),
            ),
          },
        },
      });
  });
});

describe("the boundary", () => {
  it("covers everything that is granted, and nothing by a wildcard for its action", () => {
    for (const stack of [dev, prod, synthesize({ IMAGE_PIPELINE_ISOLATE_DECODERS: ZONES })]) {
      const boundary = statements(resourcesOf(stack).values("aws_iam_policy")[0]?.policy).flatMap(
        ({ Action }) => [Action].flat(),
      );
      const granted = resourcesOf(stack)
        .values("aws_iam_role_policy")
        .flatMap(({ policy }) => statements(policy))
        .flatMap(({ Action }) => [Action].flat());
      expect(granted.filter((action) => !boundary.includes(action))).toEqual([]);
      expect(boundary.filter((action) => /^\w+:\*$/.test(action))).toEqual([]);
      expect(String(resourcesOf(stack).values("aws_iam_policy")[0]?.policy).length).toBeLessThan(6144);
    }
  });
});

describe("objects", () => {
  const transitions = (stack: Synthesized, bucket = "original") =>
    resourcesOf(stack)
      .all("aws_s3_bucket_lifecycle_configuration")
      .filter(([name]) => name.startsWith(bucket))
      .flatMap(([, { rule }]) => rule as { transition?: unknown }[])
      .flatMap(({ transition }) => transition ?? []);

  it("that were sent move to cheaper storage after 30 and 90 days, and stay where they are when that is set", () => {
    expect(transitions(dev)).toEqual([
      { days: 30, storage_class: "STANDARD_IA" },
      { days: 90, storage_class: "GLACIER_IR" },
    ]);
    const kept = synthesize(otherwise);
    expect(transitions(kept)).toEqual([]);
  });

  it("that are published stay where they are, and move when that is set", () => {
    expect(transitions(dev, "processed")).toEqual([]);
    const moved = synthesize(otherwise);
    expect(transitions(moved, "processed")).toEqual([
      { days: 60, storage_class: "STANDARD_IA" },
      { days: 120, storage_class: "GLACIER_IR" },
    ]);
  });
});

describe("state", () => {
  it("is in this folder, or in a bucket, locked", () => {
    expect(dev.json.terraform.backend).toHaveProperty("local");
    const remote = synthesize(otherwise);
    expect(remote.json.terraform.backend).toEqual({
      s3: {
        bucket: "our-state",
        key: "dev/image-pipeline.tfstate",
        region: "eu-central-1",
        encrypt: true,
        use_lockfile: true,
      },
    });
  });
});

it("what scanners are told to skip is what docs/security.md gives a reason for", () => {
  const checks = (file: string) =>
    [...new Set(readFileSync(join(projectFolder, file), "utf8").match(/CKV2?_AWS_\d+/g))].sort();
  expect(checks(".checkov.yaml")).toEqual(checks("docs/security.md"));
});

const page = (name: string) => readFileSync(join(projectFolder, "docs", name), "utf8");

it("what two firewalls cost a month is what docs/security.md says, by the list prices", () => {
  const firewalls = resourcesOf(synthesize(otherwise)).values("aws_wafv2_web_acl");
  const dollars = firewalls.map(
    ({ rule }) => unitDollars("webAcl") + (rule as object[]).length * unitDollars("webAclRule"),
  );
  const [, told] = /`site\.firewall`\), at \$(\d+) a month/.exec(page("security.md")) ?? [];
  expect(dollars.reduce((sum, each) => sum + each, 0)).toBe(Number(told));
});

it("what a day of reads at the throttle's rate costs is what docs/security.md says, by docs/costs.md", () => {
  const [, perHour, dollars] =
    /a thousand hours of pages on which nothing happens \| (\d+) requests an hour[^|]*\| \$([\d.]+)/.exec(
      page("costs.md"),
    ) ?? [];
  const [, told] = /for a whole day cost some \$(\d+)/.exec(page("security.md")) ?? [];
  const { default_route_settings } = resourcesOf(dev).only("aws_apigatewayv2_stage");
  const { throttling_rate_limit } = default_route_settings as { throttling_rate_limit: number };
  const perRequest = Number(dollars) / (1000 * Number(perHour));
  expect(Math.round((throttling_rate_limit * 86_400 * perRequest) / 10) * 10).toBe(Number(told));
});
