/** Measures what docs/costs.md is calculated from. Times are CPU times, which other work on the machine changes little. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { median } from "../../bench/measure.ts";
import { makePhotographs } from "../../bench/photographs.ts";
import { synthesizeStack } from "../../bench/stack.ts";
import { readContext, settingsFrom } from "../../stacks/settings.ts";
import {
  type Measured,
  type Photograph,
  perStep,
  SERVICES,
  type Service,
  type Step,
  type Turn,
} from "./measured.ts";
import { type Answer, ImageRuns, type Run } from "./one-image.ts";

const PHOTOGRAPHS = [
  { from: "coffee.png", megapixels: 3, progressive: false },
  { from: "rocket.jpg", megapixels: 12, progressive: false },
  { from: "hubble_deep_field.jpg", megapixels: 24, progressive: false },
];

const ENGINES = 3;
const WARM_UPS = 2;
const RUNS = 7;

/** @param folder for photographs. */
export async function measure(folder: string, tell: (message: string) => void): Promise<Measured> {
  const photographs = await makePhotographs(folder, PHOTOGRAPHS);
  const { file } = synthesizeStack();
  const measured: { photograph: Photograph; initCpuMs: Sessions["initCpuMs"] }[] = [];
  for (const { name, megapixels, path } of photographs) {
    tell(`Measuring ${name}…`);
    const sessions = await measureSessions(file, path);
    measured.push({
      photograph: { name, megapixels, ...summaryOf(sessions) },
      initCpuMs: sessions.initCpuMs,
    });
  }
  tell("Looking what the functions wait for…");
  const turns = await turnsOf(file, await makeSmallPhotograph(folder));
  const settings = currentSettings();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.version}`,
    settings,
    functions: perStep((step) => ({
      initCpuMs: rounded(median(measured.flatMap(({ initCpuMs }) => initCpuMs.map((of) => of[step])))),
      turns: turns[step],
    })),
    photographs: measured.map(({ photograph }) => photograph),
    resources: resourcesOf(file),
  };
}

/** What the figures depend on, as cdktf.json has it now. */
export function currentSettings(): Measured["settings"] {
  const { variants, watermark, memoryMb, concurrency, storageMetrics, tracedShare } = settingsFrom(
    readContext(new URL("../../cdktf.json", import.meta.url)),
    {},
  );
  return {
    variants,
    watermark,
    concurrency,
    tracedShare,
    storageMetrics: { memoryMb: memoryMb.storageMetrics, maxPages: storageMetrics.maxPages },
    memoryMb: {
      "start-execution": memoryMb.startExecution,
      validate: memoryMb.validate,
      resize: memoryMb.resize,
      watermark: memoryMb.watermark,
      "record-metadata": memoryMb.recordMetadata,
    },
  };
}

interface Sessions {
  initCpuMs: ImageRuns["initCpuMs"][];
  first: Run[];
  warm: Run[];
}

/** Several engines, one after the other: processes differ, by what their compilers find worth their while. */
async function measureSessions(stackFile: string, path: string): Promise<Sessions> {
  const sessions: Sessions = { initCpuMs: [], first: [], warm: [] };
  for (let engine = 0; engine < ENGINES; engine++) {
    const images = await ImageRuns.start(stackFile);
    try {
      sessions.initCpuMs.push(images.initCpuMs);
      sessions.first.push(await images.run(path));
      for (let run = 0; run < WARM_UPS; run++) await images.run(path);
      for (let run = 0; run < RUNS; run++) sessions.warm.push(await images.run(path));
    } finally {
      await images.stop();
    }
  }
  return sessions;
}

function summaryOf({ first, warm }: Sessions): Omit<Photograph, "name" | "megapixels"> {
  const [example] = warm;
  if (example === undefined) throw new Error("Nothing was measured.");
  const medianOf = (of: (run: Run) => number, runs = warm) => median(runs.map(of));
  return {
    ...example,
    historyLogBytes: medianOf((run) => run.historyLogBytes),
    stateBytes: Math.max(...warm.map((run) => run.stateBytes)),
    invocations: perStep((step) => ({
      cpuMs: rounded(medianOf((run) => run.invocations[step].cpuMs)),
      firstCpuMs: rounded(medianOf((run) => run.invocations[step].cpuMs, first)),
      bytes: medianOf((run) => run.invocations[step].bytes),
      logBytes: medianOf((run) => run.invocations[step].logBytes),
    })),
  };
}

const HELD_BACK_MS = 1000;
/** So small that all work on it together takes far less than an answer that is held back, and no two variants come out the same. */
export async function makeSmallPhotograph(folder: string): Promise<string> {
  const path = join(folder, "small.jpg");
  const sample = fileURLToPath(new URL("../../samples/rocket.jpg", import.meta.url));
  await sharp(sample).resize(1100).toFile(path);
  return path;
}

/** By holding back every answer for a second: what a function waits for together is answered in the same one. */
async function turnsOf(stackFile: string, small: string): Promise<Record<Step, Turn[]>> {
  const images = await ImageRuns.start(stackFile);
  try {
    await images.run(small);
    for (const service of [...SERVICES, "sns", "events"])
      images.engine.faults.add({
        target: { service },
        kind: "slow",
        times: Number.MAX_SAFE_INTEGER,
        delayMs: HELD_BACK_MS,
      });
    const { invocations } = await images.run(small);
    return perStep((step) => {
      const { answers, wallMs } = invocations[step];
      const isIn = (turn: number) => (answer: Answer) => Math.floor(answer.atMs / HELD_BACK_MS) === turn + 1;
      return Array.from({ length: Math.floor(wallMs / HELD_BACK_MS) }, (_, turn) =>
        countsOf(answers.filter(isIn(turn))),
      );
    });
  } finally {
    await images.stop();
  }
}

function countsOf(answers: Answer[]): Turn {
  const of = (service: Service) => answers.filter((answer) => answer.service === service).length;
  return { s3: of("s3"), dynamodb: of("dynamodb"), states: of("states"), sts: of("sts") };
}

/** How many of what costs something by the month. */
function resourcesOf(stackFile: string): Measured["resources"] {
  const {
    resource,
  }: { resource: Record<string, Record<string, { metric_query?: { metric?: unknown }[] }>> } = JSON.parse(
    readFileSync(stackFile, "utf8"),
  );
  const all = (type: string) => Object.values(resource[type] ?? {});
  // An alarm on an expression is paid for by the metrics in it.
  const metricsOf = ({ metric_query: queries }: { metric_query?: { metric?: unknown }[] }) =>
    queries?.filter(({ metric }) => metric !== undefined).length ?? 1;
  return {
    alarmMetrics: all("aws_cloudwatch_metric_alarm").reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboards: all("aws_cloudwatch_dashboard").length,
    keys: all("aws_kms_key").length,
  };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
