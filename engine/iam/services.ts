/** What permissions the operations of SQS, SNS, Step Functions, Lambda and CloudWatch need. */
import * as z from "zod";
import type { Access } from "./caller.ts";

/** By operation: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
const ON_QUEUES: Record<string, string> = {
  ChangeMessageVisibility: "sqs:ChangeMessageVisibility",
  ChangeMessageVisibilityBatch: "sqs:ChangeMessageVisibility",
  DeleteMessage: "sqs:DeleteMessage",
  DeleteMessageBatch: "sqs:DeleteMessage",
  GetQueueAttributes: "sqs:GetQueueAttributes",
  GetQueueUrl: "sqs:GetQueueUrl",
  PurgeQueue: "sqs:PurgeQueue",
  ReceiveMessage: "sqs:ReceiveMessage",
  SendMessage: "sqs:SendMessage",
  SendMessageBatch: "sqs:SendMessage",
};

const queueInput = z.object({ QueueUrl: z.string().optional(), QueueName: z.string().optional() });

export function sqsAccesses(operation: string, input: unknown, prefix: string): Access[] | undefined {
  if (operation === "ListQueues") return [{ action: "sqs:ListQueues", resource: "*" }];
  const { data } = queueInput.safeParse(input);
  const action = ON_QUEUES[operation];
  const name = data?.QueueName ?? data?.QueueUrl?.split("/").at(-1);
  return action && name !== undefined ? [{ action, resource: prefix + name }] : undefined;
}

const ON_TOPICS: Record<string, string> = {
  GetTopicAttributes: "sns:GetTopicAttributes",
  ListSubscriptionsByTopic: "sns:ListSubscriptionsByTopic",
  Publish: "sns:Publish",
  PublishBatch: "sns:Publish",
  Subscribe: "sns:Subscribe",
};

export function snsAccesses(operation: string, form: URLSearchParams): Access[] | undefined {
  const action = ON_TOPICS[operation];
  const resource = form.get("TopicArn") ?? form.get("TargetArn");
  return action && resource !== null ? [{ action, resource }] : undefined;
}

const ON_MACHINES = ["DescribeStateMachine", "ListExecutions", "StartExecution"];
const ON_EXECUTIONS = [
  "DescribeExecution",
  "DescribeStateMachineForExecution",
  "GetExecutionHistory",
  "StopExecution",
];

const statesInput = z.object({ stateMachineArn: z.string().optional(), executionArn: z.string().optional() });

export function statesAccesses(operation: string, input: unknown): Access[] | undefined {
  if (operation === "ListStateMachines") return [{ action: "states:ListStateMachines", resource: "*" }];
  const { data } = statesInput.safeParse(input);
  const action = `states:${operation}`;
  const machine = ON_MACHINES.includes(operation) ? data?.stateMachineArn : undefined;
  const execution = ON_EXECUTIONS.includes(operation) ? data?.executionArn : undefined;
  const resource = machine ?? execution;
  return resource === undefined ? undefined : [{ action, resource }];
}

export function lambdaAccesses(operation: string, url: string, prefix: string): Access[] | undefined {
  const { pathname, searchParams } = new URL(url, "http://door");
  const named = /\/functions\/([^/]+)\/invocations$/.exec(pathname)?.[1];
  if (operation !== "Invoke" || named === undefined) return undefined;
  const qualifier = searchParams.get("Qualifier");
  const arn = functionArn(decodeURIComponent(named), prefix);
  return [{ action: "lambda:InvokeFunction", resource: qualifier === null ? arn : `${arn}:${qualifier}` }];
}

/** Of a function that is named by its ARN, a part of that, or its name. `prefix`: `arn:aws:lambda:<region>:<account>:` */
export function functionArn(nameOrArn: string, prefix: string): string {
  if (nameOrArn.startsWith("arn:")) return nameOrArn;
  return `${prefix}function:${nameOrArn.replace(/^.*function:/, "")}`;
}

/** CloudWatch has no resources that could be named. */
export function cloudwatchAccesses(operation: string, input: unknown): Access[] | undefined {
  const known = ["GetMetricData", "GetMetricStatistics", "ListMetrics", "PutMetricData"];
  if (!known.includes(operation)) return undefined;
  const { data } = z.object({ Namespace: z.string() }).safeParse(input);
  const asked = operation === "PutMetricData" && data;
  const context = asked ? { "cloudwatch:namespace": data.Namespace } : {};
  return [{ action: `cloudwatch:${operation}`, resource: "*", context }];
}
