/** Sends keys to the queue, to be processed again: in batches, only so many a second, until all are sent or it is enough. */
import { setTimeout as sleep } from "node:timers/promises";
import { type BatchResultErrorEntry, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import type { Page } from "./keys.ts";
import type { Target } from "./target.ts";

/** How far it is, also when it ends with an error. */
export interface Progress {
  /** So far; more may be listed later. */
  found: number;
  isAllFound: boolean;
  sent: number;
  /** All keys up to this one are sent, or have failed. */
  last: string | undefined;
  failed: { key: string; reason: string }[];
}

export interface SendOptions {
  target: Pick<Target, "sqs" | "queueUrl" | "bucket">;
  /** Names this time: within a run, a version is processed once. */
  run: string;
  perSecond: number;
  /** Aborted when the person does not want to go on. */
  interruption: AbortSignal;
  onProgress(progress: Progress): void;
}

/** What SQS takes at a time. */
const BATCH_SIZE = 10;
/** What is under way at a time. */
const STEP_SIZE = 100;
const MOST_ATTEMPTS = 5;
const FIRST_WAIT_MS = 200;

export async function sendAll(
  pages: AsyncIterable<Page>,
  progress: Progress,
  options: SendOptions,
): Promise<void> {
  const { perSecond, interruption, onProgress } = options;
  const began = performance.now();
  for await (const { keys, isLast } of pages) {
    progress.found += keys.length;
    progress.isAllFound = isLast;
    for (const step of inParts(keys, Math.min(perSecond, STEP_SIZE))) {
      if (interruption.aborted) return;
      const failed = await Promise.all(inParts(step, BATCH_SIZE).map((batch) => sendBatch(batch, options)));
      progress.failed.push(...failed.flat());
      progress.sent += step.length - failed.flat().length;
      progress.last = step.at(-1);
      onProgress(progress);
      const aheadMs = (progress.sent / perSecond) * 1000 - (performance.now() - began);
      const isDone = isLast && step.at(-1) === keys.at(-1);
      if (!isDone) await sleep(Math.max(0, aheadMs), undefined, { signal: interruption }).catch(() => {});
    }
  }
}

/** Tries again with those of a batch that failed for no fault of theirs. @returns those that failed in the end. */
async function sendBatch(
  keys: string[],
  { target: { sqs, queueUrl, bucket }, run }: SendOptions,
): Promise<Progress["failed"]> {
  const refused: Progress["failed"] = [];
  let rest = keys;
  for (let attempt = 1; ; attempt++) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: rest.map((key, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ reprocess: { bucket, key, run } }),
        })),
      }),
    );
    const isFinal = ({ SenderFault }: BatchResultErrorEntry) => SenderFault || attempt === MOST_ATTEMPTS;
    const keysOf = (entries: BatchResultErrorEntry[]) => entries.map(({ Id }) => rest[Number(Id)] ?? "");
    const final = Failed.filter(isFinal);
    refused.push(...keysOf(final).map((key, index) => ({ key, reason: reasonOf(final[index]) })));
    rest = keysOf(Failed.filter((entry) => !isFinal(entry)));
    if (rest.length === 0) return refused;
    await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
  }
}

function reasonOf(entry: BatchResultErrorEntry | undefined): string {
  return entry?.Message ?? entry?.Code ?? "SQS gave no reason.";
}

function inParts<Item>(items: Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
