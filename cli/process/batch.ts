/** Many files through the pipeline at once: uploads them, waits for the execution of each, and copies its results. */
import type { Engine, Execution } from "stack-engine";
import type { Clients } from "../client.ts";
import { fewAtATime, type ImageFile, upload } from "../files.ts";
import { endedResult, imageOf, type Result, readRecord } from "../results.ts";
import { takesColours, View } from "../show.ts";
import { errorText } from "../text.ts";
import { copyResults } from "./copy.ts";

export interface FileResult {
  file: ImageFile;
  result: Result;
  /** From its upload until its results were copied, with all waiting in line. */
  seconds: number;
  /** Where its results were copied to. */
  folder?: string;
  /** Why they were not. */
  uncopied?: string;
}

export interface BatchOptions {
  engine: Engine;
  clients: Clients;
  out: string;
  verbose: boolean;
  /** Gets each copy of results as it begins, with the folder that it is made to. */
  copies: Promise<string>[];
  /** Aborted when the person does not want to wait any longer. */
  interruption: AbortSignal;
}

const UPLOADS_AT_A_TIME = 4;
/** From this many files on, a terminal shows each end instead of every state. */
const MANY_FILES = 6;
/** An engine in which nothing happens for this long is not going to come to an end. A start that failed is tried again after three minutes. */
const SILENCE_LIMIT_MS = 300_000;
const SILENCE = `Nothing happened for ${SILENCE_LIMIT_MS / 60_000} minutes; its upload event was lost or keeps failing.`;

/** Never throws for what becomes of a file; the results are in the order of the files. */
export async function processAll(files: ImageFile[], options: BatchOptions): Promise<FileResult[]> {
  const { engine, interruption } = options;
  const ends = endsIn(engine);
  showProgress(files.length, options);
  const countDone = countOf(files.length, process.stdout);
  interruption.addEventListener("abort", () => engine.events.removeAllListeners());
  // The uploads wait for each other, not for the executions: those line up in the engine.
  const results = await fewAtATime(files, UPLOADS_AT_A_TIME, async (file) => {
    const began = performance.now();
    const ended = ends(file.key);
    const failed = await tryUpload(file, options);
    const finished = failed ? Promise.resolve({ result: failed }) : ended.then((end) => finish(end, options));
    return {
      finished: finished.then((done) => {
        if (!interruption.aborted) countDone();
        return { file, ...done, seconds: secondsSince(began) };
      }),
    };
  });
  return Promise.all(results.map(({ finished }) => finished));
}

/**
 * Of many files, tells how many are done: a terminal each time, in a line that the next one overwrites; whatever else is
 * written to, some ten times in all.
 *
 * @returns what is to be called for each.
 */
export function countOf(
  total: number,
  stdout: { isTTY?: boolean; write(text: string): unknown },
): () => void {
  let done = 0;
  const tenths = () => Math.floor((done * 10) / total);
  return () => {
    const before = tenths();
    done += 1;
    if (total < MANY_FILES) return;
    const told = `${done} of ${total} images ${done === 1 ? "is" : "are"} done`;
    if (stdout.isTTY) stdout.write(`${told}\r`);
    else if (tenths() > before && done < total) stdout.write(`${told}.\n`);
  };
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}

/**
 * Waits for the end of the execution about a key, one for each. To be asked before the upload, so that nothing is missed.
 * Undefined: the engine fell silent.
 */
function endsIn({ events }: Engine): (key: string) => Promise<Execution | undefined> {
  const waiting = new Map<string, (end: Execution | undefined) => void>();
  const onSilence = () => {
    for (const resolve of waiting.values()) resolve(undefined);
  };
  const timer = setTimeout(onSilence, SILENCE_LIMIT_MS).unref();
  const refresh = () => void timer.refresh();
  events
    .on("batch", refresh)
    .on("report", refresh)
    .on("execution", ({ type, execution }) => {
      refresh();
      const key = type === "ended" ? imageOf(execution)?.key : undefined;
      if (key === undefined) return;
      waiting.get(key)?.(execution);
      waiting.delete(key);
    });
  return (key) => new Promise((resolve) => waiting.set(key, resolve));
}

async function tryUpload(
  file: ImageFile,
  { engine, clients, interruption }: BatchOptions,
): Promise<Result | undefined> {
  try {
    interruption.throwIfAborted();
    await upload(file, engine.outputs.original_bucket_name ?? "", clients);
    return undefined;
  } catch (error) {
    return { outcome: "failed", reason: `It could not be uploaded: ${errorText(error)}` };
  }
}

async function finish(
  end: Execution | undefined,
  { engine, clients, out, copies, interruption }: BatchOptions,
): Promise<Omit<FileResult, "file" | "seconds">> {
  if (end === undefined) return { result: { outcome: "failed", reason: SILENCE } };
  const result = endedResult(end);
  const { metadata_table_name: tableName = "", processed_bucket_name: bucket = "" } = engine.outputs;
  try {
    const record = await readRecord(clients, tableName, imageOf(end)?.imageId ?? "");
    interruption.throwIfAborted();
    if (!record || result.outcome === "superseded") return { result };
    const copy = copyResults(record, { clients, bucket, out });
    copies.push(copy);
    return { result, folder: await copy };
  } catch (error) {
    const uncopied = `Its results were not copied; process it again, if need be into another folder (--out): ${errorText(error)}`;
    return { result, uncopied };
  }
}

/** Shows each state where few images or a log leave room for it, and each end otherwise. */
function showProgress(total: number, { engine, verbose }: BatchOptions): void {
  const isBrief = total >= MANY_FILES && process.stdout.isTTY && !verbose;
  const view = new View({ write: console.log, colours: takesColours(process.stdout), verbose, isBrief });
  view.follow(engine);
}
