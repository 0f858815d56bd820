/** What permissions the operations of SQS and SNS need, and with that, which there are. */
import * as z from "zod";
import type { Access } from "../../iam/index.ts";

/** By operation: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
const ON_QUEUES: Record<string, string> = {
  ChangeMessageVisibility: "sqs:ChangeMessageVisibility",
  ChangeMessageVisibilityBatch: "sqs:ChangeMessageVisibility",
  CreateQueue: "sqs:CreateQueue",
  DeleteMessage: "sqs:DeleteMessage",
  DeleteMessageBatch: "sqs:DeleteMessage",
  DeleteQueue: "sqs:DeleteQueue",
  GetQueueAttributes: "sqs:GetQueueAttributes",
  GetQueueUrl: "sqs:GetQueueUrl",
  PurgeQueue: "sqs:PurgeQueue",
  ReceiveMessage: "sqs:ReceiveMessage",
  SendMessage: "sqs:SendMessage",
  SendMessageBatch: "sqs:SendMessage",
  SetQueueAttributes: "sqs:SetQueueAttributes",
};
const ON_DEAD_LETTERS = ["ListMessageMoveTasks", "StartMessageMoveTask"];

export const QUEUE_OPERATIONS = [...Object.keys(ON_QUEUES), ...ON_DEAD_LETTERS, "ListQueues"].sort();

const queueInput = z.object({
  QueueUrl: z.string().optional(),
  QueueName: z.string().optional(),
  SourceArn: z.string().optional(),
});

/** Undefined for an operation that is not known, and an input that is none. `prefix`: `arn:aws:sqs:<region>:<account>:` */
export function queuePermissions(operation: string, input: unknown, prefix: string): Access[] | undefined {
  if (operation === "ListQueues") return [{ action: "sqs:ListQueues", resource: "*" }];
  const { data } = queueInput.safeParse(input);
  if (ON_DEAD_LETTERS.includes(operation))
    return data?.SourceArn === undefined
      ? undefined
      : [{ action: `sqs:${operation}`, resource: data.SourceArn }];
  const action = ON_QUEUES[operation];
  const isByName = operation === "CreateQueue" || operation === "GetQueueUrl";
  const name = isByName ? data?.QueueName : data?.QueueUrl?.split("/").at(-1);
  return action && name !== undefined ? [{ action, resource: prefix + name }] : undefined;
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html */
const ON_TOPICS: Record<string, string> = {
  GetTopicAttributes: "sns:GetTopicAttributes",
  Publish: "sns:Publish",
  Subscribe: "sns:Subscribe",
};
const ON_ALL_TOPICS = ["ListSubscriptions", "ListTopics"];

export const TOPIC_OPERATIONS = [...Object.keys(ON_TOPICS), ...ON_ALL_TOPICS, "Unsubscribe"].sort();

/** Undefined as above. */
export function topicPermissions(operation: string, form: URLSearchParams): Access[] | undefined {
  if (ON_ALL_TOPICS.includes(operation)) return [{ action: `sns:${operation}`, resource: "*" }];
  const action = ON_TOPICS[operation];
  const resource = form.get("TopicArn") ?? form.get("TargetArn");
  return action && resource !== null ? [{ action, resource }] : undefined;
}
