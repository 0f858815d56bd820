/** Queues, topics, and what is subscribed to them. */
import * as z from "zod";
import { policyText } from "../../stack/policies.ts";
import { StackError } from "../../stack/read.ts";
import { type Apply, emulated, json, leftOut, type ResourceTypes, read } from "../../stack/resource.ts";
import type { Topics } from "./sns.ts";
import type { Queues } from "./sqs.ts";

export function queueResources(queues: Queues, topics: Topics): ResourceTypes {
  return {
    aws_sqs_queue: emulated(queue(queues)),
    aws_sqs_queue_policy: emulated(queuePolicy),
    aws_sqs_queue_redrive_allow_policy: leftOut("Only queues of the stack have dead letters here."),
    aws_sns_topic: emulated(topic(topics)),
    aws_sns_topic_policy: emulated(topicPolicy),
    aws_sns_topic_subscription: emulated(subscription(topics)),
  };
}

const queueSchema = z.object({
  name: z.string(),
  visibility_timeout_seconds: z.number().optional(),
  message_retention_seconds: z.number().optional(),
  delay_seconds: z.number().optional(),
  redrive_policy: json(
    z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() }),
  ).optional(),
});

const queue =
  (queues: Queues): Apply =>
  async (resource) => {
    const { name, redrive_policy: redrivePolicy, ...settings } = read(queueSchema, resource);
    const { arn, url } = await queues.createQueue({
      name,
      ...defined({
        visibilityTimeoutSeconds: settings.visibility_timeout_seconds,
        messageRetentionSeconds: settings.message_retention_seconds,
        delaySeconds: settings.delay_seconds,
      }),
      ...(redrivePolicy && { redrivePolicy }),
    });
    return { id: url, url, arn, name };
  };

const queuePolicy: Apply = (resource, { permissions, region, accountId }) => {
  const schema = z.object({ queue_url: z.string(), policy: policyText("resource") });
  const { queue_url: url, policy } = read(schema, resource);
  permissions.addToResource(`arn:aws:sqs:${region}:${accountId}:${url.split("/").at(-1)}`, policy);
  return { id: url };
};

const topic =
  (topics: Topics): Apply =>
  async (resource) => {
    const { name } = read(z.object({ name: z.string() }), resource);
    const arn = await topics.createTopic(name);
    return { id: arn, arn, name };
  };

const topicPolicy: Apply = (resource, { permissions }) => {
  const { arn, policy } = read(z.object({ arn: z.string(), policy: policyText("resource") }), resource);
  permissions.addToResource(arn, policy);
  return { id: arn };
};

const subscriptionSchema = z.object({
  topic_arn: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  raw_message_delivery: z.boolean().optional(),
});

const subscription =
  (topics: Topics): Apply =>
  async (resource) => {
    const { topic_arn, protocol, endpoint, raw_message_delivery } = read(subscriptionSchema, resource);
    // No e-mail leaves this machine.
    if (protocol === "email" || protocol === "email-json")
      return { id: "pending", arn: "pending confirmation" };
    if (protocol !== "sqs") {
      const message = `${resource.address} has the protocol ${protocol}; here queues can be subscribed, and e-mail is left out.`;
      throw new StackError(message);
    }
    const arn = await topics.subscribeQueue(topic_arn, endpoint, { raw: raw_message_delivery ?? false });
    return { id: arn, arn };
  };

function defined(settings: Record<string, number | undefined>): Record<string, number> {
  const entries = Object.entries(settings).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
