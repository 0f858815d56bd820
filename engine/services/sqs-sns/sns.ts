/** Topics: what the engine itself does with them, and SNS's API. */

import { textOf } from "../../http/call.ts";
import { queryErrors, ServiceError } from "../../http/errors.ts";
import type { ServiceApi, ServiceDescription } from "../../http/service.ts";
import * as xml from "../../http/xml.ts";
import { parsedJson } from "../../json.ts";
import type { Fauxqs } from "./fauxqs.ts";
import { TOPIC_OPERATIONS, topicPermissions } from "./permissions.ts";

export const SNS: ServiceDescription = { name: "sns", title: "SNS", operations: TOPIC_OPERATIONS };

export interface Topics {
  /** Returns the topic's ARN. */
  createTopic(name: string): Promise<string>;
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
      // Queues are all that is subscribed here, and none has a text of its own.
      if (form.get("MessageStructure") === "json") form.set("Message", defaultText(form.get("Message")));
      return { name, permissions: topicPermissions(name, form), perform: () => fauxqs.sns(form.toString()) };
    },
    // https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
    writeError: queryErrors({ AccessDenied: { code: "AuthorizationError" } }),
  };
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html */
function defaultText(message: string | null): string {
  const texts = parsedJson(message ?? "");
  if (typeof texts === "object" && texts !== null && "default" in texts) return String(texts.default);
  throw new ServiceError(
    "InvalidParameter",
    "Invalid parameter: Message Structure - No default entry in JSON message body",
  );
}

export function createTopics(fauxqs: Fauxqs): Topics {
  /** Sends the form and takes one element's text out of the answer. */
  const invoke = async (action: string, fields: Record<string, string>, result: string) => {
    const form = new URLSearchParams({ Action: action, Version: "2010-03-31", ...fields });
    const { status, body } = await fauxqs.sns(form.toString());
    const value = xml.textOf(body, result);
    if (status >= 300 || value === undefined)
      throw new Error(`SNS ${action}: ${xml.textOf(body, "Message") ?? body}`);
    return value;
  };
  return {
    createTopic: (name) => invoke("CreateTopic", { Name: name }, "TopicArn"),
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
