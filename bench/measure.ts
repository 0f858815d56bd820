/** CPU time and memory of work on one photograph, measured inside the process that does it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Measured {
  cpuMs: number;
  peakMb: number;
}

const RUNS = 5;

/** In the measured process: `node bench/<side>.ts photo.jpg`. One run to warm up, then the median of five. */
export async function measureRuns(work: (path: string) => Promise<void>): Promise<void> {
  const path = photograph();
  await work(path);
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await cpuMsOf(() => work(path)));
  const result: Measured = { cpuMs: median(runs), peakMb: peakMb() };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** What two kinds of work take, and how the first one's share is of the other one's. */
export interface InTurn {
  cpuMs: [number, number];
  ratio: number;
}

/** In the measured process: one after the other, again and again, so that what else the machine does meets both. */
export async function measureInTurn(one: () => Promise<void>, other: () => Promise<void>): Promise<void> {
  const runs: { one: number; other: number }[] = [];
  for (let run = 0; run < RUNS_IN_TURN; run++)
    runs.push({ one: await cpuMsOf(one), other: await cpuMsOf(other) });
  // The first one warms up.
  const warm = runs.slice(1);
  const result: InTurn = {
    cpuMs: [median(warm.map((run) => run.one)), median(warm.map((run) => run.other))],
    ratio: median(warm.map((run) => run.one / run.other)),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

const RUNS_IN_TURN = 22;

async function cpuMsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** That the measured process was told. */
export function photograph(): string {
  const path = process.argv[2];
  if (path === undefined) throw new Error("Name a photograph.");
  return path;
}

/**
 * Most memory that this process was resident in. Linux's `maxRSS` would count what the parent had when it forked.
 * https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function peakMb(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** In the bench: measures one side on one photograph, in a process of its own. */
export function measureSide(side: string, photograph: string): Measured {
  return measured(side, photograph);
}

/** The same of a script that does two kinds of work in turn. */
export function measureBoth(script: string, photograph: string): InTurn {
  return measured(script, photograph);
}

export interface MemoryOf {
  peakMb: number;
  /** What was reckoned with before. */
  reckonedMb: number;
}

/** What resize takes for one picture. */
export function measureMemoryOf(picture: string): MemoryOf {
  return measured("memory-of", picture);
}

function measured(side: string, photograph: string) {
  const script = fileURLToPath(new URL(`${side}.ts`, import.meta.url));
  const run = spawnSync(process.execPath, [script, photograph], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
