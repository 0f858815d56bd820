/** An event source mapping: takes messages from a queue to a function, and deletes those that it has dealt with. */

import { setTimeout as sleep } from "node:timers/promises";
import type { BatchDone, Message, MessageAttribute } from "../../events.ts";
import type { Queues } from "../sqs-sns/index.ts";
import type { LambdaFunction } from "./function.ts";
import type { Outcome } from "./invocation.ts";

export interface QueueMappingSettings {
  queueArn: string;
  batchSize: number;
  /** How many batches the function may work on at a time. */
  maximumConcurrency: number;
  /** The function answers with `batchItemFailures`. */
  reportsItemFailures: boolean;
}

export interface QueueMappingOptions {
  queues: Pick<Queues, "receive" | "delete" | "visibilityTimeout">;
  target: LambdaFunction;
  /** What the waits before retries are multiplied by. */
  retryScale: number;
  onBatch(batch: BatchDone): void;
}

export class QueueMapping {
  readonly #settings: QueueMappingSettings;
  readonly #options: QueueMappingOptions;
  readonly #stopping = new AbortController();
  readonly #pollers: Promise<void>[] = [];

  constructor(settings: QueueMappingSettings, options: QueueMappingOptions) {
    this.#settings = settings;
    this.#options = options;
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
      // The queue may be gone, or a message: on AWS the mapping goes on asking.
      await this.#pollOnce(signal).catch(() =>
        sleep(AFTER_ERROR_MS, undefined, { signal }).catch(() => undefined),
      );
    }
  }

  async #pollOnce(signal: AbortSignal): Promise<void> {
    const visibleMs = (await this.#options.queues.visibilityTimeout(this.#settings.queueArn)) * 1000;
    const { queueArn, batchSize } = this.#settings;
    const messages = await this.#options.queues.receive(queueArn, { max: batchSize, signal });
    const untilMs = performance.now() + visibleMs;
    if (messages.length > 0 && !signal.aborted) await this.#handle(messages, untilMs);
  }

  async #handle(messages: Message[], untilMs: number): Promise<void> {
    const { queueArn, reportsItemFailures } = this.#settings;
    const { queues, target, onBatch } = this.#options;
    const Records = messages.map((message) => recordOf(message, queueArn));
    const outcome = await this.#invoke(JSON.stringify({ Records }), untilMs);
    const failed = failures(messages, outcome, reportsItemFailures);
    const handled = messages.filter((message) => !failed.includes(message));
    await Promise.all(handled.map((message) => queues.delete(queueArn, message.receiptHandle)));
    const visibleAgainInSeconds = Math.max(0, untilMs - performance.now()) / 1000;
    onBatch({ queueArn, functionName: target.settings.name, handled, failed, visibleAgainInSeconds });
  }

  /** Invokes again while the service refuses, until other pollers would see the messages again. */
  async #invoke(event: string, untilMs: number): Promise<Outcome> {
    const { target, retryScale } = this.#options;
    const { signal } = this.#stopping;
    for (let attempt = 0; ; attempt++) {
      const outcome = await target.invoke(event);
      if (outcome.kind !== "serviceError" || outcome.error.name === "ResourceNotFoundException")
        return outcome;
      const waitMs = Math.max(MIN_WAIT_MS, Math.min(FIRST_WAIT_MS * 2 ** attempt, MAX_WAIT_MS) * retryScale);
      if (performance.now() + waitMs >= untilMs) return outcome;
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return outcome;
    }
  }
}

/** AWS says that it backs off, and not by how much: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 60_000;
const MIN_WAIT_MS = 5;
const AFTER_ERROR_MS = 1000;

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
function recordOf(message: Message, queueArn: string) {
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
    awsRegion: queueArn.split(":")[3],
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
