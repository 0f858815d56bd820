/** Queues, topics, and what is subscribed to them. */
import * as z from "zod";
import { policyText } from "../../stack/policies.ts";
import { type Apply, emulated, json, type ResourceTypes } from "../../stack/resource.ts";
import type { Topics } from "./sns.ts";
import type { Queues } from "./sqs.ts";

export function queueResources(queues: Queues, topics: Topics): ResourceTypes {
  return {
    aws_sqs_queue: emulated(queueSchema, queue(queues)),
    aws_sqs_queue_policy: emulated(queuePolicySchema, queuePolicy),
    aws_sns_topic: emulated(z.object({ name: z.string() }), async ({ name }) => {
      const arn = await topics.createTopic(name);
      return { id: arn, arn, name };
    }),
    aws_sns_topic_policy: emulated(topicPolicySchema, ({ arn, policy }, { permissions }) => {
      permissions.addToResource(arn, policy);
      return { id: arn };
    }),
    aws_sns_topic_subscription: emulated(subscriptionSchema, subscription(topics)),
  };
}

const queueSchema = z.object({
  name: z.string(),
  visibility_timeout_seconds: z.number().optional(),
  message_retention_seconds: z.number().optional(),
  delay_seconds: z.literal(0, "messages wait for nothing here").optional(),
  redrive_policy: json(
    z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() }),
  ).optional(),
});

const queue =
  (queues: Queues): Apply<typeof queueSchema> =>
  async ({ name, redrive_policy: redrivePolicy, ...settings }) => {
    const { arn, url } = await queues.createQueue({
      name,
      visibilityTimeoutSeconds: settings.visibility_timeout_seconds,
      messageRetentionSeconds: settings.message_retention_seconds,
      redrivePolicy,
    });
    return { id: url, url, arn, name };
  };

const queuePolicySchema = z.object({ queue_url: z.string(), policy: policyText("resource") });

const queuePolicy: Apply<typeof queuePolicySchema> = ({ queue_url: url, policy }, context) => {
  const { permissions, region, accountId } = context;
  permissions.addToResource(`arn:aws:sqs:${region}:${accountId}:${url.split("/").at(-1)}`, policy);
  return { id: url };
};

const topicPolicySchema = z.object({ arn: z.string(), policy: policyText("resource") });

const subscriptionSchema = z.object({
  topic_arn: z.string(),
  protocol: z.enum(
    ["sqs", "email", "email-json", "lambda"],
    "here queues can be subscribed, and e-mail and functions are left out",
  ),
  endpoint: z.string(),
  raw_message_delivery: z.boolean().optional(),
});

const subscription =
  (topics: Topics): Apply<typeof subscriptionSchema> =>
  async ({ topic_arn, protocol, endpoint, raw_message_delivery: raw = false }) => {
    // No e-mail leaves this machine, and topics call no functions here.
    if (protocol !== "sqs") return { id: "pending", arn: "pending confirmation" };
    const arn = await topics.subscribeQueue(topic_arn, endpoint, { raw });
    return { id: arn, arn };
  };
