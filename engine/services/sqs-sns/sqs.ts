/** Queues: what the engine itself does with them, and SQS's API. */
import type { Message, MessageAttribute } from "../../events.ts";
import { jsonAnswer } from "../../http/answers.ts";
import { readAwsJson } from "../../http/aws-json.ts";
import { jsonErrors, ServiceError } from "../../http/errors.ts";
import type { ServiceApi, ServiceDescription } from "../../http/service.ts";
import type { Fauxqs, SqsSnsContext } from "./fauxqs.ts";
import { QUEUE_OPERATIONS, queuePermissions } from "./permissions.ts";
import { createRedrive } from "./redrive.ts";

export const SQS: ServiceDescription = { name: "sqs", title: "SQS", operations: QUEUE_OPERATIONS };

export interface QueueSettings {
  name: string;
  visibilityTimeoutSeconds?: number | undefined;
  messageRetentionSeconds?: number | undefined;
  redrivePolicy?: { deadLetterTargetArn: string; maxReceiveCount: number } | undefined;
}

export interface Queue {
  arn: string;
  url: string;
}

export interface Queues {
  createQueue(settings: QueueSettings): Promise<Queue>;
  /** Returns the message id. */
  send(queueArn: string, body: string): Promise<string>;
  /** Resolves as soon as there are messages, up to `max` or the 10 that SQS gives at once, or with none once the signal aborts or the engine stops. */
  receive(queueArn: string, options: { max: number; signal: AbortSignal }): Promise<Message[]>;
  delete(queueArn: string, receiptHandle: string): Promise<void>;
  /** How long received messages stay out of the others' sight, in seconds. */
  visibilityTimeout(queueArn: string): Promise<number>;
}

/** SQS's own limit for one long poll. */
const MAX_WAIT_SECONDS = 20;
const MAX_RECEIVED = 10;

export function createQueues(
  fauxqs: Fauxqs,
  { region, accountId, endpoint }: SqsSnsContext,
): { queues: Queues; api: ServiceApi } {
  const prefix = `arn:aws:sqs:${region}:${accountId}:`;
  const urlOf = (queueArn: string) => `${endpoint()}/${accountId}/${queueArn.split(":").at(-1)}`;

  const invoke = async (operation: string, parameters: object): Promise<Record<string, unknown>> => {
    const { status, body } = await fauxqs.sqs(operation, JSON.stringify(parameters));
    const result = JSON.parse(body || "{}");
    if (status >= 300) throw new Error(`SQS ${operation}: ${result.message ?? body}`);
    return result;
  };

  const redrive = createRedrive({ invoke, urlOf });

  const api: ServiceApi = {
    ...SQS,
    target: "AmazonSQS",
    async read(call) {
      const { operation, text, input } = await readAwsJson(call);
      const move = redrive[operation];
      return {
        name: operation,
        permissions: queuePermissions(operation, input, prefix),
        async perform() {
          if (typeof input !== "object" || input === null)
            throw new ServiceError("SerializationException", "The request is not a JSON object.");
          if (move) return jsonAnswer(await move(input));
          const answer = await fauxqs.sqs(operation, text);
          if (!URL_OPERATIONS.includes(operation)) return answer;
          return { ...answer, body: answer.body.replace(/http:\/\/[^/"]+(?=\/\d{12}\/)/g, endpoint()) };
        },
      };
    },
    writeError: jsonErrors(),
  };

  /** A poll that nobody waits for any more must not keep the messages it still gets. */
  const giveBack = async (queueArn: string, messages: Message[]) => {
    for (const { receiptHandle } of messages)
      await invoke("ChangeMessageVisibility", {
        QueueUrl: urlOf(queueArn),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 0,
      });
  };

  const poll = async (queueArn: string, max: number): Promise<Message[]> => {
    const { Messages } = await invoke("ReceiveMessage", {
      QueueUrl: urlOf(queueArn),
      MaxNumberOfMessages: Math.min(max, MAX_RECEIVED),
      WaitTimeSeconds: MAX_WAIT_SECONDS,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    return Array.isArray(Messages) ? Messages.map(messageOf) : [];
  };

  const queues: Queues = {
    createQueue: async ({ name, redrivePolicy, ...settings }) => {
      const attributes = {
        VisibilityTimeout: settings.visibilityTimeoutSeconds?.toString(),
        MessageRetentionPeriod: settings.messageRetentionSeconds?.toString(),
        RedrivePolicy: redrivePolicy && JSON.stringify(redrivePolicy),
      };
      await invoke("CreateQueue", { QueueName: name, Attributes: attributes });
      const arn = prefix + name;
      return { arn, url: urlOf(arn) };
    },

    send: async (queueArn, body) => {
      const { MessageId } = await invoke("SendMessage", { QueueUrl: urlOf(queueArn), MessageBody: body });
      return String(MessageId);
    },

    receive: async (queueArn, { max, signal }) => {
      const aborted = Promise.withResolvers<"aborted">();
      const onAbort = () => aborted.resolve("aborted");
      signal.addEventListener("abort", onAbort);
      try {
        while (!signal.aborted) {
          const polled = poll(queueArn, max);
          const first = await Promise.race([polled, aborted.promise]);
          if (first === "aborted") {
            // Once the engine stops there is nothing left to give back to.
            polled.then((messages) => giveBack(queueArn, messages)).catch(() => undefined);
            return [];
          }
          if (first.length > 0) return first;
        }
        return [];
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },

    delete: async (queueArn, receiptHandle) => {
      await invoke("DeleteMessage", { QueueUrl: urlOf(queueArn), ReceiptHandle: receiptHandle });
    },

    visibilityTimeout: async (queueArn) => {
      const name = "VisibilityTimeout";
      const { Attributes } = await invoke("GetQueueAttributes", {
        QueueUrl: urlOf(queueArn),
        AttributeNames: [name],
      });
      return Number((Attributes as Record<string, string> | undefined)?.[name]);
    },
  };
  return { queues, api };
}

/** Operations that answer with queue URLs, which fauxqs makes with a host name of its own. */
const URL_OPERATIONS = ["CreateQueue", "GetQueueUrl", "ListQueues"];

interface ReceivedMessage {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: Record<string, MessageAttribute>;
}

function messageOf(received: ReceivedMessage): Message {
  return {
    messageId: received.MessageId,
    receiptHandle: received.ReceiptHandle,
    body: received.Body,
    md5OfBody: received.MD5OfBody,
    attributes: received.Attributes ?? {},
    messageAttributes: received.MessageAttributes ?? {},
  };
}
