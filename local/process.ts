/** `npm run process -- photo.jpg more/ --out out/`: everything given goes through the pipeline, and the results come out. */
import { connect } from "./client.ts";
import { collectFault, command, interrupted, runCommand, UsageError } from "./command.ts";
import { type Engine, startEngine } from "./engine.ts";
import type { Fault } from "./faults.ts";
import { findFiles, type ImageFile } from "./files.ts";
import { processAll } from "./process/batch.ts";
import { summary } from "./process/summary.ts";
import { counted } from "./show.ts";
import { synthesize } from "./synth.ts";

interface ProcessOptions {
  out: string;
  verbose: boolean;
  fault: Fault[];
}

await runCommand(async () => {
  const { paths, options } = readArguments();
  const { files, skipped } = await findFiles(paths);
  for (const path of skipped) console.error(`Left out, not an image by its name: ${path}`);
  if (files.length === 0) throw new UsageError("There is no image among the files given.");

  const stackFile = await synthesize();
  const stopping = interrupted();
  const interruption = new AbortController();
  const engine = await startEngine({ stackFile, port: 0 });
  const code = await Promise.race([
    run(engine, files, options, interruption.signal),
    stopping.code.then((signalled) => {
      interruption.abort();
      console.error(`\nStopped before everything was processed. What was done is in ${options.out}.`);
      return signalled;
    }),
  ]);
  await engine.stop();
  stopping.forget();
  return code;
});

async function run(
  engine: Engine,
  files: ImageFile[],
  options: ProcessOptions,
  interruption: AbortSignal,
): Promise<number> {
  for (const fault of options.fault) engine.faults.add(fault);
  void engine.warm();
  const clients = connect(engine);
  const results = await processAll(files, { engine, clients, ...options, interruption });
  clients.close();
  if (interruption.aborted) return 130;
  console.log(summary(results));
  const unprocessed = results.filter(({ result }) => result.outcome !== "processed").length;
  if (unprocessed > 0) console.error(`${counted(unprocessed, "file was", "files were")} not processed.`);
  return unprocessed === 0 ? 0 : 1;
}

function readArguments(): { paths: string[]; options: ProcessOptions } {
  const program = command("process", "Sends images through the pipeline and copies what comes of them.")
    .argument("<file or folder...>", "images, and folders of images")
    .option("--out <folder>", "where each image gets a folder with its variants and its record", "out")
    .option("--verbose", "show what the functions write to their logs", false)
    .option("--fault <fault>", "make something go wrong, such as lambda:resize:throttle:2", collectFault, [])
    .parse();
  return { paths: program.args, options: program.opts<ProcessOptions>() };
}
