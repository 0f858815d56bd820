import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import { type Resource, type Synthesized, synthesize, synthesizeAgain } from "../fixtures/stack.ts";

let stack: Synthesized;
beforeAll(() => {
  stack = synthesize();
});

const all = (type: string): [string, Resource][] => Object.entries(stack.json.resource[type] ?? {});
const values = (type: string): Resource[] => all(type).map(([, resource]) => resource);

function only(type: string, start = ""): Resource {
  const found = all(type).filter(([name]) => name.startsWith(start));
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${found.length} resources are ${type} ${start}*`);
  return found[0][1];
}

interface Statement {
  Effect: string;
  Principal?: unknown;
  Action: string | string[];
  Resource: string | string[];
  Condition?: unknown;
}
const statements = (policy: unknown): Statement[] => JSON.parse(String(policy)).Statement;
const list = (value: string | string[]) => [value].flat();

const STEPS = ["start-execution", "validate", "resize", "watermark", "record-metadata"];
const FUNCTIONS = [...STEPS, "reconcile", "api-upload", "api-view", "api-manage", "collect-storage-metrics"];
/** Of what is in them, or of what was asked of them. */
const BUCKETS = ["logs", "original", "processed", "site", "staging"];

describe("buckets", () => {
  it("are five: private, encrypted, owned, HTTPS only", () => {
    expect(values("aws_s3_bucket").map((bucket) => bucket.bucket_prefix)).toEqual(
      BUCKETS.map((name) => `image-pipeline-dev-${name}-`),
    );
    expect(values("aws_s3_bucket_public_access_block")).toHaveLength(BUCKETS.length);
    for (const block of values("aws_s3_bucket_public_access_block"))
      expect(block).toMatchObject({
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      });
    expect(values("aws_s3_bucket_server_side_encryption_configuration")).toHaveLength(BUCKETS.length);
    expect(values("aws_s3_bucket_policy")).toHaveLength(BUCKETS.length);
    for (const { policy } of values("aws_s3_bucket_policy"))
      expect(statements(policy)).toContainEqual(
        expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      );
  });

  it("keep old versions of originals and variants, and nothing of staging", () => {
    expect(all("aws_s3_bucket_versioning").map(([name]) => name.split("_")[0])).toEqual([
      "original",
      "processed",
      "site",
    ]);
    expect(only("aws_s3_bucket_lifecycle_configuration", "staging").rule).toContainEqual(
      expect.objectContaining({ expiration: [{ days: 1 }], status: "Enabled" }),
    );
    for (const { rule } of values("aws_s3_bucket_lifecycle_configuration"))
      expect(rule).toContainEqual(
        expect.objectContaining({ abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }] }),
      );
  });

  it("lose the variants that were replaced, and no others", () => {
    expect(only("aws_s3_bucket_lifecycle_configuration", "processed").rule).toContainEqual({
      id: "expire-tagged",
      status: "Enabled",
      filter: [{ tag: [{ key: "replaced", value: "true" }] }],
      expiration: [{ days: 1 }],
    });
    const expiring = values("aws_s3_bucket_lifecycle_configuration").flatMap(({ rule }) =>
      (rule as { id: string }[]).filter(({ id }) => id === "expire-tagged"),
    );
    expect(expiring).toHaveLength(1);
  });

  it("are not emptied by destroy unless that is set, but for what is made anew", () => {
    expect(
      all("aws_s3_bucket").map(([name, { force_destroy }]) => [name.split("_")[0], force_destroy]),
    ).toEqual([
      ["logs", true],
      ["original", false],
      ["processed", false],
      ["site", true],
      ["staging", true],
    ]);
    const { json } = synthesize({ IMAGE_PIPELINE_FORCE_DESTROY: "true" });
    for (const bucket of Object.values(json.resource.aws_s3_bucket ?? {}))
      expect(bucket.force_destroy).toBe(true);
  });
});

describe("the way of an event", () => {
  it("goes from the bucket to the queue, which lets that bucket in first", () => {
    const notification = only("aws_s3_bucket_notification");
    expect(notification.queue).toEqual([
      expect.objectContaining({
        events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:DeleteMarkerCreated"],
        queue_arn: expect.stringContaining("uploads_queue"),
      }),
    ]);
    const [[policyName, policy] = ["", {} as Resource]] = all("aws_sqs_queue_policy").filter(
      ([name]) => !name.includes("dead"),
    );
    expect(notification.depends_on).toContain(`aws_sqs_queue_policy.${policyName}`);
    expect(statements(policy.policy)[0]).toMatchObject({
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Condition: {
        ArnEquals: { "aws:SourceArn": expect.stringContaining("aws_s3_bucket.original") },
        StringEquals: { "aws:SourceAccount": expect.stringContaining("aws_caller_identity") },
      },
    });
  });

  it("has a dead-letter queue, and time for six tries of the function", () => {
    const queue = only("aws_sqs_queue", "uploads_queue");
    const redrive = JSON.parse(String(queue.redrive_policy));
    expect(redrive.deadLetterTargetArn).toContain("aws_sqs_queue.uploads_dead-letters");
    expect(redrive.maxReceiveCount).toBeGreaterThanOrEqual(5);
    const { timeout } = only("aws_lambda_function", "start-execution");
    expect(Number(queue.visibility_timeout_seconds)).toBeGreaterThanOrEqual(6 * Number(timeout));
  });

  it("ends in start-execution, with partial batches and bounded concurrency", () => {
    expect(only("aws_lambda_event_source_mapping")).toMatchObject({
      function_response_types: ["ReportBatchItemFailures"],
      scaling_config: { maximum_concurrency: 2 },
      depends_on: [expect.stringContaining("aws_iam_role_policy.start-execution")],
    });
  });
});

describe("functions", () => {
  it("are six of the pipeline, three of the API and one that watches, on Node 24 and arm64, each with its own role and a log group with retention", () => {
    const functions = values("aws_lambda_function");
    expect(
      functions.map((lambda) => String(lambda.function_name).replace("image-pipeline-dev-", "")).sort(),
    ).toEqual([...FUNCTIONS].sort());
    for (const lambda of functions)
      expect(lambda).toMatchObject({
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        tracing_config: { mode: "Active" },
        logging_config: { log_group: expect.stringContaining("aws_cloudwatch_log_group") },
      });
    expect(new Set(functions.map(({ role }) => role)).size).toBe(FUNCTIONS.length);
    for (const logs of values("aws_cloudwatch_log_group")) expect(logs.retention_in_days).toBe(30);
  });

  it("that work on pixels get sharp from the layer, for their architecture", () => {
    const withLayer = all("aws_lambda_function").filter(([, { layers }]) => (layers as string[]).length > 0);
    expect(withLayer.map(([name]) => name.split("_")[0])).toEqual(["resize", "validate", "watermark"]);
    const layer = only("aws_lambda_layer_version");
    expect(layer.compatible_architectures).toEqual(["arm64"]);
    const files: string[] = [];
    // The names are enough: what they name is forty megabytes.
    unzipSync(readFileSync(join(dirname(stack.file), String(layer.filename))), {
      filter: ({ name }) => files.push(name) === 0,
    });
    expect(files.some((file) => /^nodejs\/node_modules\/@img\/sharp-linux-arm64\/.*\.node$/.test(file))).toBe(
      true,
    );
    expect(files.some((file) => file.includes("x64"))).toBe(false);
  });

  it("have archives whose hash is theirs, with a module under 1 MB and its source map", () => {
    for (const { filename, source_code_hash } of values("aws_lambda_function")) {
      const archive = readFileSync(join(dirname(stack.file), String(filename)));
      expect(createHash("sha256").update(archive).digest("base64")).toBe(source_code_hash);
      const files = unzipSync(archive);
      expect(Object.keys(files)).toEqual(expect.arrayContaining(["index.mjs", "index.mjs.map"]));
      expect(files["index.mjs"]?.length).toBeLessThan(1_000_000);
    }
  });

  it("that decode HEIC have the decoder in files of its own, with its licence, unless it is turned off", () => {
    const filesOfResize = ({ json, file }: Synthesized) => {
      const resize = Object.entries(json.resource.aws_lambda_function ?? {}).find(([name]) =>
        name.startsWith("resize_"),
      );
      return unzipSync(readFileSync(join(dirname(file), String(resize?.[1].filename))));
    };
    const decoder = "node_modules/libheif-js/libheif-wasm";
    const files = filesOfResize(stack);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([`${decoder}/libheif.js`, `${decoder}/libheif.wasm`, `${decoder}/LICENSE`]),
    );
    expect(files["heic-worker.mjs"]?.length).toBeLessThan(20_000);
    const without = filesOfResize(synthesize({ IMAGE_PIPELINE_HEIC: "false" }));
    expect(Object.keys(without).filter((name) => name.includes("libheif"))).toEqual([]);
  });

  it("stay within what Lambda, IAM and Step Functions take", () => {
    const names = (type: string, key: string) => values(type).map((resource) => String(resource[key]));
    for (const name of [...names("aws_lambda_function", "function_name"), ...names("aws_iam_role", "name")])
      expect(name).toMatch(/^[A-Za-z0-9-]{1,64}$/);
    for (const prefix of names("aws_s3_bucket", "bucket_prefix"))
      expect(prefix.length).toBeLessThanOrEqual(37);
    for (const { environment } of values("aws_lambda_function"))
      expect(JSON.stringify(environment).length).toBeLessThan(4096);
  });
});

describe("rights", () => {
  it("name their resources, but for what AWS lets nobody name", () => {
    const unnamed = values("aws_iam_role_policy")
      .flatMap(({ policy }) => statements(policy))
      .filter(({ Resource }) => list(Resource).includes("*"))
      .flatMap(({ Action }) => list(Action));
    for (const action of unnamed)
      expect(action).toMatch(
        /^(xray:|cloudwatch:GetMetricData$|lambda:GetAccountSettings$|logs:(\w+LogDeliver(y|ies)|\w+ResourcePolic(y|ies)|DescribeLogGroups)$)/,
      );
    const actions = values("aws_iam_role_policy")
      .flatMap(({ policy }) => statements(policy))
      .flatMap(({ Action }) => list(Action));
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  });

  it.each([
    ["validate", ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]],
    ["resize", ["s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"]],
    [
      "record-metadata",
      ["dynamodb:GetItem", "dynamodb:UpdateItem", "s3:DeleteObject", "s3:ListBucket", "s3:PutObjectTagging"],
    ],
    [
      "start-execution",
      [
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "lambda:GetAccountSettings",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBucket",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "states:StartExecution",
      ],
    ],
  ])("of %s are what it needs", (name, expected) => {
    const actions = statements(only("aws_iam_role_policy", `${name}_`).policy)
      .flatMap(({ Action }) => list(Action))
      .filter((action) => !/^(logs|xray):/.test(action));
    expect([...new Set(actions)].sort()).toEqual(expected);
  });

  it("to assume roles are tied to this account, and no role goes beyond the boundary", () => {
    const roles = values("aws_iam_role").filter(({ name }) => !String(name).endsWith("-user-role"));
    // Besides: of the workflow, and of two schedules.
    expect(roles).toHaveLength(FUNCTIONS.length + 3);
    for (const { assume_role_policy } of roles)
      expect(statements(assume_role_policy)[0]?.Condition).toEqual({
        StringEquals: { "aws:SourceAccount": "${data.aws_caller_identity.account.account_id}" },
      });
    for (const role of values("aws_iam_role"))
      expect(role.permissions_boundary).toMatch(/^\$\{aws_iam_policy\.boundary\.arn\}$/);
  });

  it("given by policies of resources are for one resource of this account", () => {
    const policies = ["aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_sns_topic_policy"].flatMap(
      (type) => values(type).flatMap(({ policy }) => statements(policy)),
    );
    const toServices = policies.filter(
      ({ Principal }) => typeof Principal === "object" && Principal !== null && "Service" in Principal,
    );
    expect(toServices.length).toBeGreaterThan(5);
    for (const { Condition } of toServices) {
      const condition = JSON.stringify(Condition);
      expect(condition).toContain("aws:SourceArn");
      // The names of buckets and distributions do not tell whose they are; other ARNs have the account in them.
      if (/SourceArn":"\$\{aws_s3_bucket/.test(condition)) expect(condition).toContain("aws:SourceAccount");
    }
    for (const { Effect, Principal } of policies) if (Effect === "Allow") expect(Principal).not.toBe("*");
  });
});

describe("the rest", () => {
  it("records: on demand, recoverable, encrypted, with the newest images of an owner, and those that need attention, at hand", () => {
    expect(only("aws_dynamodb_table")).toMatchObject({
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "imageId",
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true },
      global_secondary_index: [
        {
          name: "byOwner",
          key_schema: [
            { attribute_name: "owner", key_type: "HASH" },
            { attribute_name: "uploadedAt", key_type: "RANGE" },
          ],
          projection_type: "ALL",
        },
        {
          name: "byAttention",
          key_schema: [
            { attribute_name: "attention", key_type: "HASH" },
            { attribute_name: "updatedAt", key_type: "RANGE" },
          ],
          projection_type: "INCLUDE",
          non_key_attributes: ["original", "lastAttempt"],
        },
      ],
    });
    // The provider takes either these or a key_schema, and warns of these on every plan.
    expect(JSON.stringify(only("aws_dynamodb_table").global_secondary_index)).not.toMatch(
      /hash_key|range_key/,
    );
  });

  it("reconcile hears of executions that end badly, as far as AWS tells, and looks for others", () => {
    expect(JSON.parse(String(only("aws_cloudwatch_event_rule").event_pattern))).toEqual({
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: {
        stateMachineArn: [expect.stringContaining("aws_sfn_state_machine.workflow")],
        status: ["FAILED", "TIMED_OUT", "ABORTED"],
      },
    });
    expect(only("aws_cloudwatch_event_target")).toMatchObject({
      rule: expect.stringContaining("aws_cloudwatch_event_rule.workflow_bad-ends"),
      arn: expect.stringContaining("reconcile"),
    });
    expect(only("aws_lambda_permission", "workflow_bad-ends")).toMatchObject({
      principal: "events.amazonaws.com",
      function_name: expect.stringContaining("reconcile"),
      source_arn: expect.stringContaining("aws_cloudwatch_event_rule.workflow_bad-ends"),
    });
    expect(only("aws_scheduler_schedule", "reconcile-schedule")).toMatchObject({
      schedule_expression: "rate(5 minutes)",
      target: { arn: expect.stringContaining("reconcile") },
    });
    const express = synthesize({ IMAGE_PIPELINE_WORKFLOW_TYPE: "EXPRESS" }).json.resource;
    expect(Object.keys(express)).not.toContain("aws_cloudwatch_event_rule");
    expect(Object.keys(express)).toContain("aws_scheduler_schedule");
  });

  it("the workflow logs errors with their data, and is traced", () => {
    expect(only("aws_sfn_state_machine")).toMatchObject({
      type: "STANDARD",
      logging_configuration: { level: "ERROR", include_execution_data: true },
      tracing_configuration: { enabled: true },
    });
    const express = synthesize({ IMAGE_PIPELINE_WORKFLOW_TYPE: "EXPRESS" }).json.resource
      .aws_sfn_state_machine;
    expect(Object.values(express ?? {})[0]).toMatchObject({
      type: "EXPRESS",
      logging_configuration: { level: "ALL" },
    });
  });

  it("an e-mail address is subscribed when there is one", () => {
    expect(values("aws_sns_topic_subscription")).toEqual([]);
    const { json } = synthesize({ IMAGE_PIPELINE_NOTIFICATION_EMAIL: "me@example.org" });
    expect(Object.values(json.resource.aws_sns_topic_subscription ?? {})[0]).toMatchObject({
      protocol: "email",
      endpoint: "me@example.org",
    });
  });

  it("outputs tell where everything is", () => {
    expect(Object.keys(stack.json.output).sort()).toEqual([
      "alarm_topic_arn",
      "api_url",
      "dashboard_name",
      "dead_letter_queue_url",
      "identity_pool_id",
      "metadata_table_name",
      "original_bucket_name",
      "outcome_topic_arn",
      "processed_bucket_name",
      "queue_url",
      "sign_in_url",
      "site_url",
      "staging_bucket_name",
      "state_machine_arn",
      "state_machine_console_url",
      "user_pool_client_id",
      "user_pool_id",
    ]);
  });

  it("the provider is any 6.x that knows Node 24, and keeps an index as it is", () => {
    expect(stack.json.terraform.required_providers?.aws).toEqual({
      source: "hashicorp/aws",
      version: "~> 6.37",
    });
  });

  it("without a mark, the watermark function gets neither font nor setting", () => {
    const { json } = synthesize({ IMAGE_PIPELINE_WATERMARK: "false" });
    const [, watermark] =
      Object.entries(json.resource.aws_lambda_function ?? {}).find(([name]) =>
        name.startsWith("watermark"),
      ) ?? [];
    expect(JSON.stringify(watermark?.environment)).not.toContain("WATERMARK");
  });
});

describe("for an emulator", () => {
  it("provider and functions go to its endpoint, with a state of its own, and nothing asks AWS", () => {
    const { json } = synthesize({ AWS_ENDPOINT_URL: "http://localhost:4566" });
    expect(json.provider.aws[0]).toMatchObject({
      s3_use_path_style: true,
      skip_credentials_validation: true,
      skip_metadata_api_check: "true",
      endpoints: [expect.objectContaining({ s3: "http://localhost:4566", sfn: "http://localhost:4566" })],
    });
    // The provider needs the account for the tags of buckets, and asks the emulator for it.
    expect(json.provider.aws[0]).not.toHaveProperty("skip_requesting_account_id");
    expect(json.provider.aws[0].endpoints).toEqual([
      expect.objectContaining({ sts: "http://localhost:4566", s3control: "http://localhost:4566" }),
    ]);
    // Emulators have no credentials to give for the roles of an identity pool.
    expect(Object.keys(json.resource).filter((type) => type.startsWith("aws_cognito_identity_pool"))).toEqual(
      [],
    );
    expect(json.terraform.backend).toEqual({
      local: { path: expect.stringContaining("image-pipeline-dev-emulator.tfstate") },
    });
    for (const { environment } of Object.values(json.resource.aws_lambda_function ?? {}))
      expect(environment).toMatchObject({ variables: { AWS_ENDPOINT_URL: "http://localhost:4566" } });
  });

  it.each(["dev", "prod"])("no resource of %s is looked for on AWS", (environment) => {
    const { json } = synthesize({
      AWS_ENDPOINT_URL: "http://localhost:4566",
      IMAGE_PIPELINE_ENVIRONMENT: environment,
    });
    const [endpoints = {}] = json.provider.aws[0].endpoints as Record<string, string>[];
    const services = Object.keys(json.resource).map((type) => type.split("_")[1] ?? type);
    expect(
      services.filter((service) => !Object.keys(endpoints).some((name) => name.startsWith(service))),
    ).toEqual([]);
  });
});

it("the same sources give the same file, byte for byte: no redeploy without a change", () => {
  expect(synthesizeAgain().text).toBe(stack.text);
});
