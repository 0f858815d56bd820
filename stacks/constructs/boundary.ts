/** What no role of the stack may go beyond, whatever its own policies come to say. */
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import type { Construct } from "constructs";
import { KEY_USES } from "./encryption-key.ts";
import { NETWORK_ACTIONS } from "./isolated-network.ts";
import { policyJson, type Statement } from "./policy.ts";

export interface BoundaryOptions {
  namePrefix: string;
  region: string;
  accountId: string;
  /** Of the customer managed key, where there is one. */
  keyArn: string | undefined;
  /** Of what signs addresses of files, where the edge serves them. */
  signingKeyArn: string | undefined;
  /** Whether functions run in a network of the stack's. */
  hasNetwork: boolean;
}

/** @returns the policy's ARN. */
export function permissionsBoundary(scope: Construct, options: BoundaryOptions): string {
  const policy = new IamPolicy(scope, "boundary", {
    name: `${options.namePrefix}-boundary`,
    description: "What no role of this image pipeline may go beyond",
    policy: policyJson(statements(options)),
  });
  return policy.arn;
}

/** Of the role that executions are handed: see decoder-role.ts. */
export function decoderRoleName(namePrefix: string): string {
  return `${namePrefix}-decoder-role`;
}

/** Resources by name, not by reference, but for keys, which have none: everything depends on the boundary, and it on them alone. */
function statements({
  namePrefix,
  region,
  accountId,
  keyArn,
  signingKeyArn,
  hasNetwork,
}: BoundaryOptions): Statement[] {
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`;
  const buckets = ["original", "staging", "processed"].map((name) => `arn:aws:s3:::${namePrefix}-${name}-*`);
  const records = arn("dynamodb", `table/${namePrefix}-ImageMetadata`);
  const changes = arn("dynamodb", `table/${namePrefix}-ImageChanges`);
  const usage = arn("dynamodb", `table/${namePrefix}-Usage`);
  const contents = arn("dynamodb", `table/${namePrefix}-Contents`);
  const links = arn("dynamodb", `table/${namePrefix}-Links`);
  const presets = arn("dynamodb", `table/${namePrefix}-Presets`);
  const allow = (actions: string[], resources: string[]): Statement => ({
    Effect: "Allow",
    Action: actions,
    Resource: resources,
  });
  return [
    allow(["s3:ListBucket", "s3:ListBucketVersions"], buckets),
    allow(
      [
        "GetObject",
        "GetObjectVersion",
        "PutObject",
        "AbortMultipartUpload",
        "ListMultipartUploadParts",
        "PutObjectTagging",
        "PutObjectVersionTagging",
        "DeleteObjectTagging",
        "DeleteObject",
      ].map((action) => `s3:${action}`),
      buckets.map((bucket) => `${bucket}/*`),
    ),
    allow(
      ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"].map(
        (action) => `dynamodb:${action}`,
      ),
      [records, `${records}/index/*`, changes, usage, links],
    ),
    allow(["dynamodb:PutItem", "dynamodb:Query"], [contents]),
    allow(["dynamodb:Scan"], [presets]),
    allow(
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"],
      [arn("sqs", `${namePrefix}-*`)],
    ),
    allow(
      ["StartExecution", "DescribeExecution", "DescribeStateMachine", "GetExecutionHistory"].map(
        (action) => `states:${action}`,
      ),
      [
        arn("states", `stateMachine:${namePrefix}-workflow`),
        arn("states", `execution:${namePrefix}-workflow:*`),
      ],
    ),
    allow(["lambda:InvokeFunction"], [arn("lambda", `function:${namePrefix}-*`)]),
    allow(["sts:AssumeRole"], [`arn:aws:iam::${accountId}:role/${decoderRoleName(namePrefix)}`]),
    allow(["events:PutEvents"], [arn("events", "event-bus/default")]),
    allow(["sns:Publish"], [arn("sns", `${namePrefix}-*`)]),
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      [arn("logs", `log-group:/aws/lambda/${namePrefix}-*`)],
    ),
    // None of these has a resource that could be named.
    allow(
      [
        ...LOG_DELIVERY_ACTIONS,
        ...TRACE_ACTIONS,
        "cloudwatch:GetMetricData",
        "lambda:GetAccountSettings",
        ...RECOGNITION_ACTIONS,
        ...(hasNetwork ? NETWORK_ACTIONS : []),
      ],
      ["*"],
    ),
    ...(keyArn === undefined ? [] : [allow(KEY_USES, [keyArn])]),
    ...(signingKeyArn === undefined ? [] : [allow(["kms:Sign"], [signingKeyArn])]),
  ];
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrekognition.html */
export const RECOGNITION_ACTIONS = ["rekognition:DetectLabels", "rekognition:DetectModerationLabels"];

/** What a state machine needs to write logs: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
export const LOG_DELIVERY_ACTIONS = [
  "logs:CreateLogDelivery",
  "logs:GetLogDelivery",
  "logs:UpdateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:DescribeResourcePolicies",
  "logs:DescribeLogGroups",
];

/** https://docs.aws.amazon.com/xray/latest/devguide/security_iam_id-based-policy-examples.html */
export const TRACE_ACTIONS = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
];
