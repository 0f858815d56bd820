/** An event source mapping: takes messages from a queue to a function, and deletes those that it has dealt with. */
import type { Message, MessageAttribute, Queues } from "../queues/index.ts";
import type { LambdaFunction } from "./function.ts";
import type { Outcome } from "./invocation.ts";

export interface QueueMappingSettings {
  queueArn: string;
  region: string;
  batchSize: number;
  /** How long to wait for a batch to fill up once there is a message. */
  batchingWindowSeconds: number;
  /** How many batches the function may work on at a time. */
  maximumConcurrency: number;
  /** The function answers with `batchItemFailures`. */
  reportsItemFailures: boolean;
}

/** What became of the messages of one invocation. */
export interface BatchDone {
  queueArn: string;
  functionName: string;
  handled: Message[];
  /** They come back after the queue's visibility timeout, or go to its dead-letter queue. */
  failed: Message[];
}

/** The largest batch that one ReceiveMessage gives. */
const maxReceived = 10;

export class QueueMapping {
  readonly #settings: QueueMappingSettings;
  readonly #queues: Pick<Queues, "receive" | "delete">;
  readonly #target: LambdaFunction;
  readonly #onBatch: (batch: BatchDone) => void;
  readonly #stopping = new AbortController();
  readonly #pollers: Promise<void>[] = [];

  constructor(
    settings: QueueMappingSettings,
    queues: Pick<Queues, "receive" | "delete">,
    target: LambdaFunction,
    onBatch: (batch: BatchDone) => void,
  ) {
    this.#settings = settings;
    this.#queues = queues;
    this.#target = target;
    this.#onBatch = onBatch;
  }

  start(): void {
    for (let poller = 0; poller < this.#settings.maximumConcurrency; poller++)
      this.#pollers.push(this.#poll());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#pollers);
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const messages = await this.#receiveBatch(signal);
      if (messages.length > 0 && !signal.aborted) await this.#handle(messages);
    }
  }

  async #receiveBatch(signal: AbortSignal): Promise<Message[]> {
    const { queueArn, batchSize, batchingWindowSeconds } = this.#settings;
    const receive = (have: number, until: AbortSignal) =>
      this.#queues.receive(queueArn, { max: Math.min(batchSize - have, maxReceived), signal: until });
    const messages = await receive(0, signal);
    if (batchingWindowSeconds === 0) return messages;
    const window = AbortSignal.any([signal, AbortSignal.timeout(batchingWindowSeconds * 1000)]);
    while (messages.length < batchSize && !window.aborted) {
      messages.push(...(await receive(messages.length, window)));
    }
    return messages;
  }

  async #handle(messages: Message[]): Promise<void> {
    const { queueArn, region, reportsItemFailures } = this.#settings;
    const Records = messages.map((message) => recordOf(message, queueArn, region));
    const outcome = await this.#target.invoke(JSON.stringify({ Records }));
    const failed = failures(messages, outcome, reportsItemFailures);
    const handled = messages.filter((message) => !failed.includes(message));
    await Promise.all(handled.map((message) => this.#queues.delete(queueArn, message.receiptHandle)));
    this.#onBatch({ queueArn, functionName: this.#target.settings.name, handled, failed });
  }
}

/**
 * The messages that the function did not deal with. An answer that names a message that was not in the batch, or names
 * none where it should, fails the whole batch:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
function failures(messages: Message[], outcome: Outcome, reportsItemFailures: boolean): Message[] {
  if (outcome.kind !== "success") return messages;
  if (!reportsItemFailures) return [];
  const answer: unknown = JSON.parse(outcome.payload);
  if (typeof answer !== "object" || answer === null || !("batchItemFailures" in answer)) return [];
  const items: unknown = answer.batchItemFailures ?? [];
  if (!Array.isArray(items)) return messages;
  const named = items.map((item) => messages.find(({ messageId }) => messageId === item?.itemIdentifier));
  return named.every((message) => message !== undefined) ? named : messages;
}

/** A message in the shape that Lambda gives to functions. */
function recordOf(message: Message, queueArn: string, region: string) {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, attribute]) => [name, attributeOf(attribute)]),
    ),
    md5OfBody: message.md5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function attributeOf({ DataType, StringValue, BinaryValue }: MessageAttribute) {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
