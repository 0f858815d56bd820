import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runShell } from "../fixtures/shell.ts";
import { projectFolder, type Resource, type Synthesized, synthesize } from "../fixtures/stack.ts";

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}
type Policies = Record<"trust-deploy" | "deploy" | "trust-plan" | "plan", { Statement: Statement[] }>;

const ACCOUNT = "111122223333";
let calls: string[];
let policies: Policies;
let stack: Synthesized;

/** Runs what the document tells to run, with an AWS and a GitHub that only take notes. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "deploying-"));
  mkdirSync(join(folder, "bin"));
  command("aws", `case "$*" in "sts get-caller-identity"*) echo ${ACCOUNT};; esac`);
  command(
    "gh",
    `case "$*" in *.sub_claim_prefix) echo repo:octo-org@12/image-pipeline@34;; "api user"*) echo 56;; *"--input -") cat >> calls;; esac`,
  );
  const text = readFileSync(join(projectFolder, "docs/deploying.md"), "utf8");
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  // Which files there were is what is looked at.
  const commands = blocks
    .join("\n")
    .replaceAll(/^rm trust\.json (\w+)\.json$/gm, "mv trust.json trust-$1.json");
  const { code, output } = await runShell(commands, folder, {
    PATH: join(folder, "bin") + delimiter + process.env.PATH,
  });
  expect(output).toContain("repo:octo-org@12/image-pipeline@34");
  expect(code).toBe(0);
  const read = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  policies = {
    "trust-deploy": read("trust-deploy"),
    deploy: read("deploy"),
    "trust-plan": read("trust-plan"),
    plan: read("plan"),
  };
  calls = readFileSync(join(folder, "calls"), "utf8").split("\n");
  stack = synthesize(EVERYTHING);

  function command(name: string, script: string) {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\necho "${name} $*" >> calls\n${script}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }
});

/** All that can be turned on. */
const EVERYTHING = {
  IMAGE_PIPELINE_SITE: JSON.stringify({
    firewall: true,
    ownDomain: {
      name: "photos.example.org",
      certificateArn: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/0`,
      hostedZoneId: "Z0",
    },
  }),
  IMAGE_PIPELINE_USER_FOLDERS: "true",
  IMAGE_PIPELINE_ACCESS_LOGS: "true",
  IMAGE_PIPELINE_AUDIT_TRAIL: "true",
  IMAGE_PIPELINE_ENCRYPTION_KEY: "customer",
  IMAGE_PIPELINE_NOTIFICATION_EMAIL: "someone@example.org",
  IMAGE_PIPELINE_ALARMS: '{"email": "someone@example.org", "storedGb": 100}',
  IMAGE_PIPELINE_BUDGET: '{"monthlyDollars": 100}',
  IMAGE_PIPELINE_CANARY: '{"everyMinutes": 60}',
  IMAGE_PIPELINE_RECOGNITION: '{"labels": true, "moderation": true}',
  IMAGE_PIPELINE_ISOLATE_DECODERS: '{"zones": ["us-east-1a", "us-east-1b"]}',
};

/** Of what has a name of ours. */
const ARNS: Record<string, (name: string) => string> = {
  aws_budgets_budget: (name) => `arn:aws:budgets::${ACCOUNT}:budget/${name}`,
  aws_cloudtrail: (name) => `arn:aws:cloudtrail:eu-central-1:${ACCOUNT}:trail/${name}`,
  aws_cloudwatch_event_rule: (name) => `arn:aws:events:eu-central-1:${ACCOUNT}:rule/${name}`,
  aws_cloudwatch_dashboard: (name) => `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${name}`,
  aws_cloudwatch_log_delivery_destination: (name) =>
    `arn:aws:logs:us-east-1:${ACCOUNT}:delivery-destination:${name}`,
  aws_cloudwatch_log_delivery_source: (name) => `arn:aws:logs:us-east-1:${ACCOUNT}:delivery-source:${name}`,
  aws_cloudwatch_log_group: (name) => `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:${name}:*`,
  aws_cloudwatch_metric_alarm: (name) => `arn:aws:cloudwatch:eu-central-1:${ACCOUNT}:alarm:${name}`,
  aws_dynamodb_table: (name) => `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/${name}`,
  aws_lambda_function: (name) => `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:${name}`,
  aws_lambda_layer_version: (name) => `arn:aws:lambda:eu-central-1:${ACCOUNT}:layer:${name}:1`,
  aws_s3_bucket: (prefix) => `arn:aws:s3:::${prefix}20260101/index.html`,
  aws_scheduler_schedule: (name) => `arn:aws:scheduler:eu-central-1:${ACCOUNT}:schedule/default/${name}`,
  aws_sfn_state_machine: (name) => `arn:aws:states:eu-central-1:${ACCOUNT}:stateMachine:${name}`,
  aws_sns_topic: (name) => `arn:aws:sns:eu-central-1:${ACCOUNT}:${name}`,
  aws_sqs_queue: (name) => `arn:aws:sqs:eu-central-1:${ACCOUNT}:${name}`,
};

const resources = (type: string): Resource[] => Object.values(stack.json.resource[type] ?? {});
const list = (value: string | string[] | undefined) => [value ?? []].flat();

function statement(policy: keyof Policies, id: string): Statement {
  const found = policies[policy].Statement.find(({ Sid }) => Sid === id);
  if (found === undefined) throw new Error(`There is no statement ${id}.`);
  return found;
}

describe("roles", () => {
  it.each([
    ["trust-deploy", "environment:dev"],
    ["trust-plan", "pull_request"],
  ] as const)("are for one subject of one repository: %s for %s", (policy, context) => {
    expect(policies[policy].Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": `repo:octo-org@12/image-pipeline@34:${context}`,
          },
        },
      },
    ]);
  });

  it("for plans change nothing but the lock", () => {
    const allowed = policies.plan.Statement.filter(({ Effect }) => Effect === "Allow");
    expect(
      allowed.flatMap(({ Action }) => list(Action)).filter((action) => !/:(Get|Validate)/.test(action)),
    ).toEqual(["s3:PutObject", "s3:DeleteObject"]);
    expect(statement("plan", "Lock").Resource).toBe(
      `arn:aws:s3:::image-pipeline-state-${ACCOUNT}/dev/image-pipeline.tfstate.tflock`,
    );
  });
});

describe("the role that deploys", () => {
  it("may use every service that the stack has resources of", () => {
    const allowed = new Set(
      policies.deploy.Statement.flatMap(({ Action }) => list(Action)).map((action) => action.split(":")[0]),
    );
    const missing = Object.keys(stack.json.resource).filter((type) => !allowed.has(serviceOf(type)));
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(ARNS))("finds each %s by its name", (type, arnOf) => {
    const patterns = list(statement("deploy", "WhatHasOurName").Resource).map(
      (pattern) => new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`),
    );
    expect(resources(type)).not.toEqual([]);
    for (const resource of resources(type))
      expect(arnOf(nameOf(resource))).toSatisfy((arn: string) =>
        patterns.some((pattern) => pattern.test(arn)),
      );
  });

  it("makes roles within the boundary that the stack has", () => {
    const { Condition } = statement("deploy", "RolesWithinTheBoundary");
    const [boundary] = resources("aws_iam_policy");
    expect(Condition?.StringEquals?.["iam:PermissionsBoundary"]).toBe(
      `arn:aws:iam::${ACCOUNT}:policy/${boundary?.name}`,
    );
    for (const { permissions_boundary } of resources("aws_iam_role"))
      expect(permissions_boundary).toContain("aws_iam_policy.boundary");
  });

  it("reads a key whose tags are not known yet, which takes AWS minutes, and does no more with one that is not ours", () => {
    const { Action, Condition } = statement("deploy", "KeysWhoseTagsAreNotKnownYet");
    expect(Condition).toBeUndefined();
    const changes = list(Action).filter((action) => !/^kms:(Get|Describe|List)/.test(action));
    expect(changes).toEqual(["kms:EnableKeyRotation", "kms:CreateAlias"]);
    expect(statement("deploy", "GrantsOnThem").Condition).toEqual({
      Bool: { "kms:GrantIsForAWSResource": "true" },
    });
  });

  it("passes roles to the services that assume them", () => {
    const { Condition } = statement("deploy", "RolesForServices");
    const assuming = resources("aws_iam_role").flatMap(({ assume_role_policy }) =>
      JSON.parse(String(assume_role_policy)).Statement.flatMap(
        // Roles that roles assume are passed to nobody.
        ({ Principal }: { Principal: { Service?: string; Federated?: string } }) =>
          Principal.Service ?? Principal.Federated ?? [],
      ),
    );
    expect(new Set(list(Condition?.StringEquals?.["iam:PassedToService"]))).toEqual(new Set(assuming));
  });

  it("finds the state where the setting puts it", () => {
    const { terraform } = synthesize({ IMAGE_PIPELINE_REMOTE_STATE: '{"bucket": "some-bucket"}' }).json;
    expect(terraform.backend?.s3).toMatchObject({ key: "dev/image-pipeline.tfstate", use_lockfile: true });
    expect(statement("deploy", "StateAndLock").Resource).toBe(
      `arn:aws:s3:::image-pipeline-state-${ACCOUNT}/dev/*`,
    );
  });

  it("has a policy that IAM takes: 10240 characters for all of a role", () => {
    expect(JSON.stringify(policies.deploy).length).toBeLessThan(10_240);
  });
});

it("every variable that the workflow reads is set", () => {
  const workflow = readFileSync(join(projectFolder, ".github/workflows/deploy.yml"), "utf8");
  for (const [, variable] of workflow.matchAll(/\bvars\.(\w+)/g))
    expect(calls.filter((call) => call.startsWith(`gh variable set ${variable} `))).toHaveLength(1);
});

function nameOf(resource: Resource): string {
  const keys = ["name", "function_name", "layer_name", "bucket_prefix", "alarm_name", "dashboard_name"];
  return String(keys.map((key) => resource[key]).find((name) => name !== undefined));
}

function serviceOf(type: string): string {
  const kind = type.replace(/^aws_/, "");
  const special = Object.entries(SERVICES).find(([start]) => kind.startsWith(start));
  return special?.[1] ?? kind.replace(/_.*$/, "");
}

/** Where the resource type's first word is not what IAM calls the service; longer beginnings first. */
const SERVICES = {
  vpc: "ec2",
  subnet: "ec2",
  security_group: "ec2",
  default_security_group: "ec2",
  apigatewayv2_: "apigateway",
  cloudwatch_event_: "events",
  cloudwatch_log_: "logs",
  cognito_identity_: "cognito-identity",
  cognito_: "cognito-idp",
  sfn_: "states",
};
