/** What the engine on this machine adds to the functions' own time, and how soon it is ready. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { type EngineEvents, startEngine } from "stack-engine";
import { connect } from "../cli/client.ts";
import { median } from "./measure.ts";
import type { Photograph } from "./photographs.ts";

export interface EngineFigures {
  overheadMs: number;
  functionsMs: number;
}

/** It goes on for a moment while the first step runs already, so its time counts as overhead. */
const STARTER = "start-execution";
const WARM_UPS = 3;
const RUNS = 10;

/**
 * One photograph after the other, from the answer to its upload to the end of its execution, less the time that the
 * functions of the four steps ran in between; the median, in a warm engine.
 */
export async function measureOverhead(stackFile: string, photograph: Photograph): Promise<EngineFigures> {
  const engine = await startEngine({ stackFile, port: 0 });
  const clients = connect(engine);
  const file = readFileSync(photograph.path);
  let functionsMs = 0;
  engine.events.on("report", (report) => {
    if (!report.functionName.endsWith(STARTER)) functionsMs += report.durationMs;
  });
  const runs: EngineFigures[] = [];
  try {
    for (let run = 0; run < WARM_UPS + RUNS; run++) {
      const ended = nextEnd(engine.events);
      functionsMs = 0;
      await clients.s3.send(
        new PutObjectCommand({
          Bucket: engine.outputs.original_bucket_name,
          Key: `${run}.jpg`,
          // The same bytes as before would be recognised, and their files copied.
          Body: Buffer.concat([file, Buffer.from(String(run))]),
        }),
      );
      const uploadedAt = performance.now();
      await ended;
      const totalMs = performance.now() - uploadedAt;
      if (run >= WARM_UPS) runs.push({ overheadMs: totalMs - functionsMs, functionsMs });
    }
  } finally {
    clients.close();
    await engine.stop();
  }
  return {
    overheadMs: median(runs.map(({ overheadMs }) => overheadMs)),
    functionsMs: median(runs.map((run) => run.functionsMs)),
  };
}

function nextEnd(events: Awaited<ReturnType<typeof startEngine>>["events"]): Promise<void> {
  return new Promise((resolve) => {
    const listen = ({ type }: EngineEvents["execution"][0]) => {
      if (type !== "ended") return;
      events.off("execution", listen);
      resolve();
    };
    events.on("execution", listen);
  });
}

const STARTS = 3;

/** Seconds from the command to the line that says it is ready. The median of three. */
export async function measureReadySeconds(): Promise<number> {
  const seconds: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ["cli/start.ts", "--port", "0"], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: child.stdout })) if (line.includes("ready")) break;
    seconds.push((performance.now() - startedAt) / 1000);
    child.kill("SIGINT");
    await once(child, "exit");
  }
  return median(seconds);
}
