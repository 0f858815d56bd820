import { describe, expect, it } from "vitest";
import { resourcesOf, statements } from "../fixtures/resources.ts";
import { otherwise, production } from "../fixtures/settings.ts";
import { type Resource, type Synthesized, synthesize, synthesizeAgain } from "../fixtures/stack.ts";

const stack = synthesize();
const { all, values, only } = resourcesOf(stack);

/** Of what is in them, or of what was asked of them. */
const BUCKETS = ["logs", "original", "processed", "site", "staging"];

const prod = synthesize(production);

describe("buckets", () => {
  it.each([
    ["dev", stack, BUCKETS],
    ["prod", prod, ["audit", ...BUCKETS]],
  ])(
    "of %s are private, encrypted, owned, HTTPS only; what is asked of each is logged, but of the logs; all but them and staging have versions",
    (environment, of, names) => {
      const { values } = resourcesOf(of);
      expect(
        values("aws_s3_bucket")
          .map((bucket) => bucket.bucket_prefix)
          .sort(),
      ).toEqual(names.map((name) => `image-pipeline-${environment}-${name}-`));
      expect(values("aws_s3_bucket_public_access_block")).toHaveLength(names.length);
      for (const block of values("aws_s3_bucket_public_access_block"))
        expect(block).toMatchObject({
          block_public_acls: true,
          block_public_policy: true,
          ignore_public_acls: true,
          restrict_public_buckets: true,
        });
      expect(values("aws_s3_bucket_server_side_encryption_configuration")).toHaveLength(names.length);
      expect(values("aws_s3_bucket_policy")).toHaveLength(names.length);
      for (const { policy } of values("aws_s3_bucket_policy"))
        expect(statements(policy)).toContainEqual(
          expect.objectContaining({
            Effect: "Deny",
            Principal: "*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        );
      const bucketsWith = (type: string) =>
        values(type)
          .map(({ bucket }) => /^\$\{aws_s3_bucket\.([a-z]+)/.exec(String(bucket))?.[1])
          .sort();
      expect(bucketsWith("aws_s3_bucket_logging")).toEqual(names.filter((name) => name !== "logs"));
      expect(bucketsWith("aws_s3_bucket_versioning")).toEqual(
        names.filter((name) => name !== "logs" && name !== "staging"),
      );
    },
  );

  it("of images take no other encryption than their own", () => {
    const refused = (synthesized: Synthesized, bucket: string) =>
      statements(resourcesOf(synthesized).only("aws_s3_bucket_policy", bucket).policy).flatMap(
        ({ Sid, Condition }) => (Sid?.startsWith("DenyOther") || Sid === "DenyUnnamedKey" ? [Condition] : []),
      );
    const kind = "s3:x-amz-server-side-encryption";
    for (const bucket of ["original", "staging", "processed"]) {
      expect(refused(stack, bucket)).toEqual([
        { StringNotEquals: { [kind]: "AES256" }, Null: { [kind]: "false" } },
      ]);
      const key = expect.stringMatching(/^\$\{aws_kms_key\..*\.arn\}$/);
      expect(refused(prod, bucket)).toEqual([
        { StringNotEquals: { [kind]: "aws:kms" }, Null: { [kind]: "false" } },
        {
          StringNotEquals: { [`${kind}-aws-kms-key-id`]: key },
          Null: { [`${kind}-aws-kms-key-id`]: "false" },
        },
        { Null: { [kind]: "false", [`${kind}-aws-kms-key-id`]: "true" } },
      ]);
    }
  });

  it("keep old versions of originals and variants for as long as is set, and nothing of staging", () => {
    const longer = synthesize(otherwise);
    for (const [of, days] of [
      [stack, 30],
      [longer, 90],
    ] as const)
      for (const bucket of ["original", "processed", "site"])
        expect(resourcesOf(of).only("aws_s3_bucket_lifecycle_configuration", bucket).rule).toContainEqual({
          id: "expire-old-versions",
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrent_version_expiration: [{ noncurrent_days: days }],
          expiration: [{ expired_object_delete_marker: true }],
        });
    expect(only("aws_s3_bucket_lifecycle_configuration", "staging").rule).toContainEqual(
      expect.objectContaining({ expiration: [{ days: 1 }], status: "Enabled" }),
    );
    for (const { rule } of values("aws_s3_bucket_lifecycle_configuration"))
      expect(rule).toContainEqual(
        expect.objectContaining({ abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }] }),
      );
  });

  it("lose the variants that were replaced, the originals that were rejected, and no others", () => {
    for (const [bucket, tag, days] of [
      ["processed", "replaced", 1],
      ["original", "rejected", 14],
    ] as const)
      expect(only("aws_s3_bucket_lifecycle_configuration", bucket).rule).toContainEqual({
        id: "expire-tagged",
        status: "Enabled",
        filter: [{ tag: [{ key: tag, value: "true" }] }],
        expiration: [{ days }],
      });
    const expiring = values("aws_s3_bucket_lifecycle_configuration").flatMap(({ rule }) =>
      (rule as { id: string }[]).filter(({ id }) => id === "expire-tagged"),
    );
    expect(expiring).toHaveLength(2);
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
    const { json } = synthesize(otherwise);
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

  it("ends in start-execution, with partial batches and bounded concurrency; what that puts back is taken for no loop", () => {
    expect(only("aws_lambda_event_source_mapping")).toMatchObject({
      function_response_types: ["ReportBatchItemFailures"],
      scaling_config: { maximum_concurrency: 2 },
      depends_on: [
        expect.stringContaining("aws_iam_role_policy.start-execution"),
        expect.stringContaining("aws_lambda_function_recursion_config.uploads"),
      ],
    });
    expect(only("aws_lambda_function_recursion_config")).toMatchObject({
      function_name: expect.stringContaining("aws_lambda_function.start-execution"),
      recursive_loop: "Allow",
    });
  });
});

describe("the rest", () => {
  it("records: on demand, recoverable, encrypted, with an owner's images by time, status, name, caption and tags, those that go by themselves and those that need attention, at hand", () => {
    expect(only("aws_dynamodb_table", "metadata")).toMatchObject({
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "imageId",
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true },
      global_secondary_index: [
        ...[
          ["byOwner", "owner", "uploadedAt"],
          ["byOwnerStatus", "ownerStatus", "uploadedAt"],
          ["byOwnerName", "owner", "nameKey"],
          ["byOwnerCaption", "owner", "captionKey"],
        ].map(([name, hash, range]) => ({
          name,
          key_schema: [
            { attribute_name: hash, key_type: "HASH" },
            { attribute_name: range, key_type: "RANGE" },
          ],
          projection_type: "KEYS_ONLY",
        })),
        {
          name: "byOwnerTagged",
          key_schema: [
            { attribute_name: "taggedOwner", key_type: "HASH" },
            { attribute_name: "uploadedAt", key_type: "RANGE" },
          ],
          projection_type: "INCLUDE",
          non_key_attributes: ["tags"],
        },
        {
          name: "byDeletion",
          key_schema: [
            { attribute_name: "deletion", key_type: "HASH" },
            { attribute_name: "deleteAt", key_type: "RANGE" },
          ],
          projection_type: "KEYS_ONLY",
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
    expect(JSON.stringify(only("aws_dynamodb_table", "metadata").global_secondary_index)).not.toMatch(
      /hash_key|range_key/,
    );
  });

  it("changes: by owner and time, for a day, with all that the other table has", () => {
    expect(only("aws_dynamodb_table", "changes")).toMatchObject({
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "owner",
      range_key: "change",
      ttl: { attribute_name: "expiresAt", enabled: true },
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true },
    });
  });

  it("contents, by which files are known again: until they expire", () => {
    expect(only("aws_dynamodb_table", "contents")).toMatchObject({
      hash_key: "ownerAndBytes",
      ttl: { attribute_name: "expiresAt", enabled: true },
      server_side_encryption: { enabled: true },
    });
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
    const express = synthesize(otherwise).json.resource;
    expect(Object.keys(express)).not.toContain("aws_cloudwatch_event_rule");
    expect(Object.keys(express)).toContain("aws_scheduler_schedule");
  });

  it("the workflow logs errors with their data, and is traced", () => {
    expect(only("aws_sfn_state_machine")).toMatchObject({
      type: "STANDARD",
      logging_configuration: { level: "ERROR", include_execution_data: true },
      tracing_configuration: { enabled: true },
    });
    const express = synthesize(otherwise).json.resource.aws_sfn_state_machine;
    expect(Object.values(express ?? {})[0]).toMatchObject({
      type: "EXPRESS",
      logging_configuration: { level: "ALL" },
    });
  });

  it("an e-mail address is subscribed when there is one", () => {
    expect(values("aws_sns_topic_subscription")).toEqual([]);
    const { json } = synthesize(otherwise);
    expect(Object.values(json.resource.aws_sns_topic_subscription ?? {})[0]).toMatchObject({
      protocol: "email",
      endpoint: "me@example.org",
    });
  });

  it("outputs tell where everything is", () => {
    expect(Object.keys(stack.json.output).sort()).toEqual([
      "alarm_topic_arn",
      "api_url",
      "changes_table_name",
      "dashboard_name",
      "dead_letter_queue_url",
      "metadata_table_name",
      "original_bucket_name",
      "outcome_topic_arn",
      "presets_table_name",
      "processed_bucket_name",
      "queue_url",
      "sign_in_url",
      "site_url",
      "staging_bucket_name",
      "state_machine_arn",
      "state_machine_console_url",
      "usage_table_name",
      "user_pool_client_id",
      "user_pool_id",
    ]);
  });

  it("the provider is any 6.x that knows Node 24, and keeps an index as it is", () => {
    expect(stack.json.terraform.required_providers?.aws).toEqual({
      source: "hashicorp/aws",
      version: "~> 6.40",
    });
  });

  it("without a mark, the watermark function gets neither font nor setting", () => {
    const { json } = synthesize(otherwise);
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

  it.each([
    ["dev", {}],
    ["prod", production],
  ])("no resource of %s is looked for on AWS", (_, settings) => {
    const { json } = synthesize({ AWS_ENDPOINT_URL: "http://localhost:4566", ...settings });
    const [endpoints = {}] = json.provider.aws[0].endpoints as Record<string, string>[];
    // Several services share the start of their resources' names.
    const SERVICE_OF: Record<string, string> = {
      aws_cloudwatch_event: "eventbridge",
      aws_cloudwatch_log: "cloudwatchlogs",
      aws_cognito_identity: "cognitoidentity",
      aws_cognito_user: "cognitoidp",
    };
    const services = Object.keys(json.resource).map(
      (type) =>
        Object.entries(SERVICE_OF).find(([start]) => type.startsWith(start))?.[1] ??
        type.split("_")[1] ??
        type,
    );
    expect(
      services.filter((service) => !Object.keys(endpoints).some((name) => name.startsWith(service))),
    ).toEqual([]);
  });
});

it("the same sources give the same file, byte for byte: no redeploy without a change", () => {
  expect(synthesizeAgain().text).toBe(stack.text);
});
