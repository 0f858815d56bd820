/** Sends keys to the queue, to be processed again: in batches, only so many a second, until all are sent or it is enough. */
import { setTimeout as sleep } from "node:timers/promises";
import { type BatchResultErrorEntry, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { fewAtATime } from "../files.ts";
import { inSteps } from "../keys.ts";
import type { Target } from "./target.ts";

/** How far it is, also when it ends with an error. */
export interface Progress {
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
const BATCHES_AT_A_TIME = 10;
const MOST_ATTEMPTS = 5;
const FIRST_WAIT_MS = 200;

export async function sendAll(
  keys: AsyncIterable<string>,
  progress: Progress,
  options: SendOptions,
): Promise<void> {
  const { perSecond, interruption, onProgress } = options;
  const began = performance.now();
  for await (const step of inSteps(keys, Math.min(perSecond, BATCH_SIZE * BATCHES_AT_A_TIME))) {
    // Before each step but the first, since the last one is done when it is sent.
    const aheadMs = (progress.sent / perSecond) * 1000 - (performance.now() - began);
    await sleep(Math.max(0, aheadMs), undefined, { signal: interruption }).catch(() => {});
    if (interruption.aborted) return;
    const batches = Array.from({ length: Math.ceil(step.length / BATCH_SIZE) }, (_, index) =>
      step.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
    );
    const failed = await fewAtATime(batches, BATCHES_AT_A_TIME, (batch) => sendBatch(batch, options));
    progress.failed.push(...failed.flat());
    progress.sent += step.length - failed.flat().length;
    progress.last = step.at(-1);
    onProgress(progress);
  }
}

/** Tries again with those of a batch that failed for no fault of theirs. @returns those that failed in the end. */
async function sendBatch(
  keys: string[],
  { target: { sqs, queueUrl, bucket }, run }: SendOptions,
): Promise<Progress["failed"]> {
  const refused: Progress["failed"] = [];
  let rest = keys;
  for (let attempt = 1; rest.length > 0; attempt++) {
    if (attempt > 1) await sleep(FIRST_WAIT_MS * 2 ** (attempt - 2));
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: rest.map((key, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ reprocess: { bucket, key, run } }),
        })),
      }),
    );
    const keyOf = ({ Id }: BatchResultErrorEntry) => rest[Number(Id)] ?? "";
    const isFinal = ({ SenderFault }: BatchResultErrorEntry) => SenderFault || attempt === MOST_ATTEMPTS;
    for (const entry of Failed.filter(isFinal))
      refused.push({ key: keyOf(entry), reason: entry.Message ?? entry.Code ?? "SQS gave no reason." });
    rest = Failed.filter((entry) => !isFinal(entry)).map(keyOf);
  }
  return refused;
}
