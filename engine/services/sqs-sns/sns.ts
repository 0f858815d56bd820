/** Topics: what the engine itself does with them, and SNS's API. */
import { textOf } from "../../http/call.ts";
import { queryErrors } from "../../http/errors.ts";
import type { ServiceApi, ServiceDescription } from "../../http/service.ts";
import * as xml from "../../http/xml.ts";
import type { Fauxqs } from "./fauxqs.ts";
import { TOPIC_OPERATIONS, topicPermissions } from "./permissions.ts";
import type { MessageAttribute } from "./sqs.ts";

export const SNS: ServiceDescription = { name: "sns", title: "SNS", operations: TOPIC_OPERATIONS };

export interface TopicMessage {
  message: string;
  subject?: string;
  messageAttributes?: Record<string, MessageAttribute>;
}

export interface Topics {
  /** Returns the topic's ARN. */
  createTopic(name: string): Promise<string>;
  /** Returns the message id. */
  publish(topicArn: string, message: TopicMessage): Promise<string>;
  /** `raw` delivers the message as it is, without SNS's envelope. Returns the subscription's ARN. */
  subscribeQueue(topicArn: string, queueArn: string, options?: { raw?: boolean }): Promise<string>;
}

export function snsApi(fauxqs: Fauxqs): ServiceApi {
  return {
    ...SNS,
    async read(call) {
      // A field that is there more than once is there once for whoever looks, and for whoever performs.
      const form = new URLSearchParams(Object.fromEntries(new URLSearchParams(await textOf(call))));
      const name = form.get("Action") ?? "";
      return { name, permissions: topicPermissions(name, form), perform: () => fauxqs.sns(form.toString()) };
    },
    // https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
    writeError: queryErrors({ AccessDenied: { code: "AuthorizationError" } }),
  };
}

export function createTopics(fauxqs: Fauxqs): Topics {
  /** Sends the form and takes one element's text out of the answer. */
  const invoke = async (action: string, fields: Record<string, string | undefined>, result: string) => {
    const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
    const form = new URLSearchParams([["Action", action], ["Version", "2010-03-31"], ...given]);
    const { status, body } = await fauxqs.sns(form.toString());
    const value = xml.textOf(body, result);
    if (status >= 300 || value === undefined)
      throw new Error(`SNS ${action}: ${xml.textOf(body, "Message") ?? body}`);
    return value;
  };
  return {
    createTopic: (name) => invoke("CreateTopic", { Name: name }, "TopicArn"),
    publish: (topicArn, { message, subject, messageAttributes = {} }) => {
      const attributes = Object.entries(messageAttributes).flatMap(([name, attribute], index) => {
        const entry = `MessageAttributes.entry.${index + 1}`;
        return [
          [`${entry}.Name`, name],
          ...Object.entries(attribute).map(([field, value]) => [`${entry}.Value.${field}`, value]),
        ];
      });
      const fields = {
        TopicArn: topicArn,
        Message: message,
        Subject: subject,
        ...Object.fromEntries(attributes),
      };
      return invoke("Publish", fields, "MessageId");
    },
    subscribeQueue: (topicArn, queueArn, { raw = false } = {}) => {
      const rawDelivery = raw && {
        "Attributes.entry.1.key": "RawMessageDelivery",
        "Attributes.entry.1.value": "true",
      };
      const fields = { TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn, ...rawDelivery };
      return invoke("Subscribe", fields, "SubscriptionArn");
    },
  };
}
