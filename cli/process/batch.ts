/** Many files through the pipeline at once: uploads them, waits for the execution of each, and copies its results. */
import { SingleBar } from "cli-progress";
import type { Engine } from "stack-engine";
import type { Clients } from "../client.ts";
import { fewAtATime, type ImageFile, upload } from "../files.ts";
import { type EndedExecution, endedExecution, imageOf, type Result, resultOf } from "../results.ts";
import { takesColours, View } from "../show.ts";
import { copyResults } from "./copy.ts";
import { Watch } from "./watch.ts";

export interface FileResult {
  file: ImageFile;
  result: Result;
  seconds: number;
  /** Where its results were copied to. */
  folder?: string;
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
/** From this many files on, a terminal shows a bar instead of every state. */
const MANY_FILES = 6;

/** Never throws for what becomes of a file; the results are in the order of the files. */
export async function processAll(files: ImageFile[], options: BatchOptions): Promise<FileResult[]> {
  const { engine } = options;
  const watch = new Watch(engine);
  const progress = showProgress(files.length, options);
  options.interruption.addEventListener("abort", () => {
    engine.events.removeAllListeners();
    watch.stop();
    void progress.stop();
  });
  // The uploads wait for each other, not for the executions: those line up in the engine.
  const results = await fewAtATime(files, UPLOADS_AT_A_TIME, async (file) => {
    const began = performance.now();
    const ended = watch.waitFor(file.key);
    const failed = await tryUpload(file, options);
    const seconds = () => (performance.now() - began) / 1000;
    const finished = (failed ? Promise.resolve(failed) : ended)
      .then((end) => finish(file, end, options))
      .then((result) => ({ ...result, seconds: seconds() }))
      .finally(progress.step);
    return { finished };
  });
  const all = await Promise.all(results.map(({ finished }) => finished));
  watch.stop();
  await progress.stop();
  return all;
}

async function tryUpload(file: ImageFile, options: BatchOptions): Promise<Result | undefined> {
  const { engine, clients, interruption } = options;
  try {
    interruption.throwIfAborted();
    await upload(file, engine.outputs.original_bucket_name ?? "", clients);
    return undefined;
  } catch (error) {
    return { outcome: "failed", reason: `It could not be uploaded: ${sentence(error)}` };
  }
}

async function finish(
  file: ImageFile,
  ended: EndedExecution | Result,
  { engine, clients, out, copies, interruption }: BatchOptions,
): Promise<Omit<FileResult, "seconds">> {
  if ("outcome" in ended) return { file, result: ended };
  try {
    const result = await resultOf(ended, clients, engine.outputs.metadata_table_name ?? "");
    const imageId = imageOf(ended.input)?.imageId;
    if (imageId === undefined || !("record" in result) || !result.record) return { file, result };
    const bucket = engine.outputs.processed_bucket_name ?? "";
    interruption.throwIfAborted();
    const copy = copyResults(result.record, { clients, bucket, out });
    copies.push(copy);
    return { file, result, folder: await copy };
  } catch (error) {
    return {
      file,
      result: { outcome: "failed", reason: `Its results could not be copied: ${sentence(error)}` },
    };
  }
}

function showProgress(total: number, { engine, clients, verbose }: BatchOptions) {
  if (total >= MANY_FILES && process.stdout.isTTY && !verbose) {
    const bar = new SingleBar({
      format: "{bar} {value}/{total} images  {duration_formatted}",
      hideCursor: true,
    });
    bar.start(total, 0);
    return { step: () => bar.increment(), stop: async () => bar.stop() };
  }
  const tableName = engine.outputs.metadata_table_name ?? "";
  const view = new View({
    write: (line) => console.log(line),
    colours: takesColours(process.stdout),
    verbose,
    resultOf: (execution) => resultOf(endedExecution(execution), clients, tableName),
  });
  engine.events.on("execution", (event) => view.show(event));
  if (verbose) engine.events.on("log", (line) => view.showLog(line));
  return { step: () => {}, stop: () => view.settled() };
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
