/** `npm run reprocess -- --prefix holidays/`: images that are stored already go through the pipeline once more. */
import { randomBytes } from "node:crypto";
import { InvalidArgumentError, Option } from "commander";
import { usualEndpoint } from "./client.ts";
import { command, interrupted, readName, runCommand } from "./command.ts";
import { type Choice, type ChoiceOptions, choiceOf, choosesImages, keysOf } from "./keys.ts";
import { type Progress, sendAll } from "./reprocess/send.ts";
import { findTarget, type Target, type TargetOptions } from "./reprocess/target.ts";
import { counted, printable, quoted } from "./text.ts";

interface ReprocessOptions extends TargetOptions, ChoiceOptions {
  perSecond: number;
  dryRun?: true;
}

/** All but PROCESSED, which would be nearly all: those are chosen by key. */
const STATUSES = ["FAILED", "PROCESSING", "REJECTED", "PENDING"];

/** At one to two seconds of functions for an image, some 30 of them at a time: others may upload meanwhile, and do not wait. */
const USUAL_PER_SECOND = 20;

await runCommand(async () => {
  const options = readOptions();
  const choice = choiceOf(options, "--key, --prefix or --status");
  const target = await findTarget(options);
  try {
    return await (options.dryRun ? show(choice, target) : send(choice, target, options));
  } finally {
    target.close();
  }
});

async function show(choice: Choice, target: Target): Promise<number> {
  const missing: string[] = [];
  let count = 0;
  for await (const key of keysOf(choice, target, missing)) {
    count++;
    console.log(printable(key));
  }
  console.error(`${counted(count, "image")} would be processed again.`);
  return tellMissing(missing);
}

async function send(choice: Choice, target: Target, { perSecond }: ReprocessOptions): Promise<number> {
  // Sorts by time in logs, and is no other's.
  const run = `${new Date().toISOString().slice(0, 19)}Z-${randomBytes(2).toString("hex")}`;
  const missing: string[] = [];
  const progress: Progress = { sent: 0, last: undefined, failed: [] };
  const stopping = interrupted();
  const interruption = new AbortController();
  void stopping.code.then(() => interruption.abort());
  try {
    const options = { target, run, perSecond, interruption: interruption.signal, onProgress: showProgress };
    await sendAll(keysOf(choice, target, missing), progress, options);
  } catch (error) {
    if (progress.last !== undefined) console.error(`${whatWasSent(progress, run)} ${howToGoOn(progress)}`);
    throw error;
  }
  for (const { key, reason } of progress.failed)
    console.error(`${printable(key)}: could not be sent. ${printable(reason)}`);
  if (interruption.signal.aborted) {
    console.error(`\nStopped. ${whatWasSent(progress, run)} ${howToGoOn(progress)}`);
    return stopping.code;
  }
  stopping.forget();
  console.log(whatWasSent(progress, run));
  return progress.failed.length > 0 ? 1 : tellMissing(missing);
}

function whatWasSent({ sent }: Progress, run: string): string {
  const sentence = `${counted(sent, "image was", "images were")} sent to be processed again`;
  return sent === 0 ? `${sentence}.` : `${sentence}, as the run ${run}.`;
}

function howToGoOn({ last }: Progress): string {
  return last === undefined ? "" : `Go on with --start-after ${quoted(last)}`;
}

/** Keys that were named and are not there end the command with 1. */
function tellMissing(keys: string[]): number {
  for (const key of keys) console.error(`${printable(key)}: there is no such image in the bucket.`);
  return keys.length === 0 ? 0 : 1;
}

/** In one line of a terminal, which the next one overwrites. How many there will be is known only at a bucket's end. */
function showProgress({ sent }: Progress): void {
  if (process.stdout.isTTY) process.stdout.write(`${counted(sent, "image")} sent\r`);
}

function readOptions(): ReprocessOptions {
  const description =
    "Processes images that are in the original bucket again, whatever became of them before.";
  return choosesImages(command("reprocess", description))
    .addOption(
      new Option("--status <status>", "only those recorded as this").choices(STATUSES).argParser(readStatus),
    )
    .option("--start-after <key>", "only those after this key, to go on where another time ended")
    .option("--per-second <number>", "how many to send", readRate, USUAL_PER_SECOND)
    .option("--dry-run", "show the keys, and send nothing")
    .addOption(
      new Option("--endpoint <url>", "where the engine is that npm start runs (AWS_ENDPOINT_URL)")
        .default(usualEndpoint)
        .conflicts("queueUrl"),
    )
    .option("--queue-url <url>", "of a stack on AWS: its output queue_url", readName)
    .option("--bucket <name>", "of a stack on AWS: its output original_bucket_name", readName)
    .option("--table <name>", "of a stack on AWS, for --status: its output metadata_table_name", readName)
    .parse()
    .opts<ReprocessOptions>();
}

function readStatus(text: string): string {
  const status = text.toUpperCase();
  if (STATUSES.includes(status)) return status;
  throw new InvalidArgumentError(`Allowed choices are ${STATUSES.join(", ")}.`);
}

function readRate(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1 && rate <= 10_000) return rate;
  throw new InvalidArgumentError("It is a number from 1 to 10000.");
}
