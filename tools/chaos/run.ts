/** `npm run chaos`: thousands of uploads, overwrites, deletions and reprocessings while a fifth of all calls fails; nothing is lost. */
import { createColors } from "picocolors";
import { command, runCommand, UsageError } from "../../cli/command.ts";
import { takesColours } from "../../cli/show.ts";
import { synthesize } from "../../cli/synth.ts";
import { counted, printable } from "../../cli/text.ts";
import type { ChaosReport, Progress } from "./chaos.ts";

interface ChaosCommandOptions {
  seed: number;
  operations: number;
  images: number;
  faults: number;
}

const LARGEST = 1_000_000;
const PROGRESS_EVERY_MS = 5000;
const LABEL_WIDTH = 26;

await runCommand(async () => {
  const options = readOptions();
  const startedAt = performance.now();
  const { runChaos } = await import("./chaos.ts");
  // One person does more in these minutes than anybody may in a day.
  process.env.IMAGE_PIPELINE_QUOTAS = "false";
  const stackFile = await synthesize();
  const report = await runChaos({ stackFile, ...options, onProgress: shown(options) });
  console.log(summary(report, (performance.now() - startedAt) / 1000));
  if (report.broken.length === 0) return 0;
  console.log(brokenInvariants(report, options));
  return 1;
});

function readOptions(): ChaosCommandOptions {
  return command(
    "chaos",
    "Uploads, overwrites, deletes, moves and reprocesses images while calls fail, and looks whether anything was lost.",
  )
    .allowExcessArguments(false)
    .option("--seed <number>", "of what is done and what fails", wholeNumber("--seed", 0), 1)
    .option("--operations <count>", "how many", wholeNumber("--operations", 1), 5000)
    .option("--images <count>", "on so many images", wholeNumber("--images", 1), 200)
    .option("--faults <share>", "of all calls and invocations that fail", share, 0.2)
    .parse()
    .opts<ChaosCommandOptions>();
}

function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= LARGEST) return number;
    throw new UsageError(`${option} ${text}: that is a whole number from ${least} to ${LARGEST}.`);
  };
}

function share(text: string): number {
  const percent = Number(/^(\d{1,2})%$/.exec(text)?.[1]);
  if (percent <= 90) return percent / 100;
  throw new UsageError(`--faults ${text}: that is a share from 0% to 90%, such as 20%.`);
}

function shown({ operations }: ChaosCommandOptions): (progress: Progress) => void {
  let shownAt = Number.NEGATIVE_INFINITY;
  let last: Progress["what"] | undefined;
  return ({ what, done }) => {
    if (what === last && performance.now() - shownAt < PROGRESS_EVERY_MS) return;
    shownAt = performance.now();
    last = what;
    const texts = {
      operations: `${done} of ${counted(operations, "operation")}…`,
      settling: "No more faults. Dead letters go back, and what hangs or failed is tried again…",
      verifying: "Verifying…",
    };
    console.error(texts[what]);
  };
}

function summary(report: ChaosReport, seconds: number): string {
  const { bold } = createColors(takesColours(process.stdout));
  const { seen } = report;
  const rows: [string, number | string][] = [
    ...report.operations,
    ["executions", seen.executions],
    ["states tried again", seen.statesRetried],
    ["of those, disconnected", seen.statesDisconnected],
    ["calls of functions", seen.serviceCalls],
    ["of those, failed", seen.serviceErrors],
    ["dead letters", report.deadLetters],
    ["hung until reconciled", report.hanging],
    ["failed", `${report.failures.length}${reasonsIn(report.failures)}`],
    ["images processed", report.processed],
    ["images rejected", report.rejected],
    ["images gone", report.gone],
    ["files", report.files],
    ["staged, to expire", report.staged],
    ["notifications", report.told],
    ["told more than once", report.toldTwice],
    ["seconds", seconds.toFixed(0)],
  ];
  const lines = rows.map(([label, figure]) => `  ${label.padEnd(LABEL_WIDTH)}${figure}`);
  const verdict =
    report.broken.length === 0
      ? "Nothing was lost, nothing is twice, nothing is left over."
      : `${counted(report.broken.length, "invariant is", "invariants are")} broken.`;
  return [...lines, "", bold(verdict)].join("\n");
}

function reasonsIn(failures: string[]): string {
  const names = [...new Set(failures)];
  const counts = names.map((name) => `${failures.filter((one) => one === name).length} ${printable(name)}`);
  return counts.length === 0 ? "" : `, and were processed again: ${counts.join(", ")}`;
}

function brokenInvariants(
  { broken }: ChaosReport,
  { seed, operations, images, faults }: ChaosCommandOptions,
): string {
  const again = `npm run chaos -- --seed ${seed} --operations ${operations} --images ${images} --faults ${Math.round(faults * 100)}%`;
  const texts = broken.map(({ key, what, history }) =>
    [
      `${printable(key ?? "unknown image")}: ${printable(what)}`,
      ...history.map((line) => `    ${printable(line)}`),
    ].join("\n"),
  );
  return [...texts, "", `The same again: ${again}`].join("\n");
}
