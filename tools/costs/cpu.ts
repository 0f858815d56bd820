/** CPU time of the engine's function processes, as Linux counts it for each thread. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Nanoseconds on a processor, by thread. */
export type CpuSnapshot = Map<string, bigint>;

/** What the processes of a function have used so far. */
export function cpuSnapshot(pids: number[]): CpuSnapshot {
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => `${pid}/task/${thread}`),
  );
  return new Map(threads.map((thread) => [thread, nanosecondsOf(thread)]));
}

/** Milliseconds between two snapshots; a thread that ended in between is left out. */
export function cpuMsBetween(before: CpuSnapshot, after: CpuSnapshot): number {
  let nanoseconds = 0n;
  for (const [thread, used] of after) nanoseconds += used - (before.get(thread) ?? 0n);
  return Number(nanoseconds) / 1e6;
}

/** The first number is time on a processor: https://docs.kernel.org/scheduler/sched-stats.html */
function nanosecondsOf(thread: string): bigint {
  try {
    return BigInt(readFileSync(`/proc/${thread}/schedstat`, "utf8").split(" ")[0] ?? 0);
  } catch {
    return 0n;
  }
}

/** The processes that this one started for a function, by the function's name. */
export function functionProcesses(): Map<string, number[]> {
  if (!existsSync("/proc/self/schedstat"))
    throw new Error(
      "CPU time is read from /proc/<pid>/schedstat, which this machine lacks. Measure on Linux.",
    );
  const found = new Map<string, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const name = functionNameOf(Number(entry));
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), Number(entry)]);
  }
  return found;
}

function functionNameOf(pid: number): string | undefined {
  try {
    const [, afterName = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    if (Number(afterName.split(" ")[1]) !== process.pid) return undefined;
    return /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=([^\0]+)/.exec(
      readFileSync(`/proc/${pid}/environ`, "utf8"),
    )?.[1];
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}
