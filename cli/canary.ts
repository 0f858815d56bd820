/** `npm run canary`: sends one photograph through everything, and says whether it came out. */
import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { CanaryFailed, type TrialStep, tryOut } from "../functions/canary/trial.ts";
import { command, runCommand } from "./command.ts";
import { findStack, namesStack, type StackOptions } from "./stack.ts";
import { counted } from "./text.ts";

interface CanaryOptions extends StackOptions {
  patience: number;
}

const PHOTOGRAPH = new URL("../samples/rocket.jpg", import.meta.url);
const USUAL_PATIENCE_SECONDS = 120;

await runCommand(async () => {
  const options = readOptions();
  const { bucket: originalBucket, ...stack } = await findStack(options);
  let step: TrialStep = "sending the photograph";
  try {
    const pipeline = { ...stack, originalBucket };
    const trial = await tryOut(pipeline, readFileSync(PHOTOGRAPH), options.patience * 1000, (begun) => {
      step = begun;
    });
    const { files, processedMs, deletedMs } = trial;
    console.log(
      `A photograph came out as ${counted(files, "file")} after ${seconds(processedMs)}, and was gone ${seconds(deletedMs)} after its deletion.`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof CanaryFailed)) throw new Error(`It failed while ${step}`, { cause: error });
    console.error(error.message);
    return 1;
  } finally {
    stack.close();
  }
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function readOptions(): CanaryOptions {
  const description =
    "Sends one photograph through everything, looks whether its files are published, and deletes it again.";
  return namesStack(command("canary", description))
    .option("--patience <seconds>", "how long to wait for each", readSeconds, USUAL_PATIENCE_SECONDS)
    .parse()
    .opts<CanaryOptions>();
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError("It is a number from 1 to 3600.");
}
