/** `npm run process -- photo.jpg more/ --out out/`: everything given goes through the pipeline, and the results come out. */

import { connect, PATIENTLY } from "./client.ts";
import { command, interrupted, runCommand } from "./command.ts";
import { takesFaults } from "./fault-option.ts";
import { findImages } from "./files.ts";
import { type FileResult, processAll } from "./process/batch.ts";
import { checkWritable } from "./process/copy.ts";
import { shownFolder, summary } from "./process/summary.ts";
import { takesColours } from "./show.ts";
import { synthesize } from "./synth.ts";
import { counted } from "./text.ts";

interface ProcessOptions {
  out: string;
  verbose: boolean;
  fault: string[];
}

const STEPS = ["start-execution", "validate", "resize", "watermark", "record-metadata"];

await runCommand(async () => {
  const { paths, options } = readArguments();
  const files = await findImages(paths, options.out);
  await checkWritable(options.out);

  // The engine takes a while to load, and nobody who asks for help needs it.
  const { startEngine } = await import("stack-engine");
  const { checkFaults, parseFaults, warnOfUnused } = await import("./faults.ts");
  const faults = parseFaults(options.fault);
  const stackFile = await synthesize();
  await checkFaults(faults, stackFile);
  const stopping = interrupted();
  const interruption = new AbortController();
  const copies: Promise<string>[] = [];
  const engine = await startEngine({ stackFile, port: 0 });
  for (const fault of faults) engine.faults.add(fault);
  // Nobody asks the API here.
  void engine.warm((name) => STEPS.some((step) => name.endsWith(`-${step}`)));
  const clients = connect(engine, PATIENTLY);
  const processing = { ...options, engine, clients, copies, interruption: interruption.signal };
  const ended = await Promise.race([processAll(files, processing), stopping.code]);
  if (typeof ended === "number") {
    interruption.abort();
    console.error(
      `\nStopped before everything was processed.${await whatWasDone(copies, files.length, options.out)}`,
    );
  } else warnOfUnused(engine.faults);
  clients.close();
  await engine.stop();
  stopping.forget();
  return typeof ended === "number" ? ended : tell(ended, options.out);
});

/** @returns the command's exit code. */
function tell(results: FileResult[], out: string): number {
  const { stdout } = process;
  const columns = stdout.isTTY ? stdout.columns || 80 : undefined;
  console.log(summary(results, { out, columns, colours: takesColours(stdout) }));
  const isProcessed = ({ result }: FileResult) => result.outcome === "processed";
  const unprocessed = results.filter((one) => !isProcessed(one)).length;
  const uncopied = results.filter((one) => isProcessed(one) && one.uncopied).length;
  if (unprocessed > 0) console.error(`${counted(unprocessed, "file was", "files were")} not processed.`);
  if (uncopied > 0)
    console.error(`${counted(uncopied, "image was", "images were")} processed and not copied.`);
  return unprocessed + uncopied === 0 ? 0 : 1;
}

/** Waits for the copies that have begun: they take no time. */
async function whatWasDone(copies: Promise<string>[], total: number, out: string): Promise<string> {
  const settled = await Promise.allSettled(copies);
  const done = settled.filter(({ status }) => status === "fulfilled").length;
  return done === 0
    ? ""
    : ` ${done} of ${counted(total, "image")} ${done === 1 ? "is" : "are"} in ${shownFolder(out)}.`;
}

function readArguments(): { paths: string[]; options: ProcessOptions } {
  const description = "Sends images through the pipeline and copies what comes of them.";
  const program = command("process", description, { files: true })
    .option("--out <folder>", "where each image gets a folder with its variants and its record", "out")
    .option("--verbose", "show every state, and what the functions write to their logs");
  takesFaults(program).parse();
  return { paths: program.args, options: { verbose: false, fault: [], ...program.opts<{ out: string }>() } };
}
