/** `npm run bench`: measures what the README claims. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { startsPerSecond } from "../tools/costs/quotas.ts";
import { script } from "../tools/script.ts";
import { measureApi } from "./api.ts";
import { measureBundles } from "./bundles.ts";
import { simulateCrowd } from "./crowd.ts";
import { measureOverhead, measureReadySeconds } from "./engine.ts";
import { LIKENESS_SAMPLES, measureAuto, measureLikeness, type Needed } from "./likeness.ts";
import { type InTurn, type Measured, measureBoth, measureSide } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { simulate } from "./overload.ts";
import { makePhotographs, type Photograph } from "./photographs.ts";
import { synthesizeStack } from "./stack.ts";

const { write } = script("bench", "Measures what the README claims, and prints it.")
  .option("--write", "put the figures into bench/README.md as well")
  .parse()
  .opts<{ write?: true }>();
const folder = mkdtempSync(join(tmpdir(), "bench-photographs-"));
try {
  console.error("Making photographs…");
  const photographs = await makePhotographs(folder);
  const sections = [
    machine(),
    ...steps(photographs),
    resizeAlone(photographs),
    await memory(),
    await likeness(),
    bundles(),
    await overload(),
    await crowd(),
    await engine(photographs),
    await api(),
  ];
  const report = sections.join("\n\n");
  console.log(report);
  if (write) writeFigures(report);
} finally {
  rmSync(folder, { recursive: true });
}

function machine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}: ${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, ${gigabytes} GiB, ${process.platform} ${process.arch}, Node ${process.version}.`;
}

/** Ours against three ways with sharp alone, in turn, on the same photograph; and what of ours is looking at whether it is right. */
function steps(photographs: Photograph[]): string[] {
  const measured = photographs.map(({ name, path }) => {
    console.error(`Measuring the image steps on ${name}…`);
    const ours = measureSide("ours", path);
    const others = ["per-file", "per-variant", "decode-once"].map((side) => measureSide(side, path));
    return { name, ours, others, checks: measureBoth("checks", path) };
  });
  return [againstSharp(measured), checks(measured)];
}

interface Steps {
  name: string;
  ours: Measured;
  others: Measured[];
  checks: InTurn;
}

function againstSharp(measured: Steps[]): string {
  const rows = measured.map(({ name, ours, others }) => {
    const [perFile = ours] = others;
    return [
      name,
      ours.cpuMs.toFixed(0),
      ...others.map(({ cpuMs }) => cpuMs.toFixed(0)),
      ...others.map(({ cpuMs }) => (ours.cpuMs / cpuMs).toFixed(2)),
      ours.peakMb.toFixed(0),
      perFile.peakMb.toFixed(0),
    ];
  });
  return table(
    "### The three image steps, against sharp alone: from the original for each file, or each variant, or decoded once in memory",
    [
      "photograph",
      "CPU ms, ours",
      "each file",
      "each variant",
      "decoded once",
      "ours to each file",
      "to each variant",
      "to decoded once",
      "peak MB, ours",
      "peak MB, each file",
    ],
    rows,
  );
}

/** validate and resize, against the same decoding and resizing without looking at anything. */
function checks(measured: Steps[]): string {
  const rows = measured.map(({ name, ours, checks: { cpuMs, ratio } }) => {
    const [, without] = cpuMs;
    const percent = (100 * (ratio - 1) * without) / ours.cpuMs;
    return [name, ...cpuMs.map((ms) => ms.toFixed(0)), `${percent.toFixed(1)} %`];
  });
  return table(
    "### Checks of what is damaged, too large or of a wrong kind",
    ["photograph", "CPU ms of validate and resize with them", "without", "of the three steps"],
    rows,
  );
}

function resizeAlone(photographs: Photograph[]): string {
  const rows = photographs.map(({ name, path }) => {
    const { cpuMs, peakMb } = measureSide("resize-only", path);
    return [name, cpuMs.toFixed(0), peakMb.toFixed(0)];
  });
  return table("### Resize alone", ["photograph", "CPU ms", "peak MB"], rows);
}

async function memory(): Promise<string> {
  console.error("Measuring memory…");
  const rows = (await measureMemory(folder)).map(({ kind, peakMb, reckonedMb }) => [
    kind,
    peakMb.toFixed(0),
    reckonedMb.toFixed(0),
    (peakMb / reckonedMb).toFixed(2),
  ]);
  return table(
    "### Resize's memory for 25 megapixels of each kind (100 in motion), against what it reckons with from the header",
    ["kind", "peak MB", "reckoned MB", "of that"],
    rows,
  );
}

async function likeness(): Promise<string> {
  console.error("Measuring bytes at the same likeness…");
  const needed = await measureLikeness();
  const bytesOf = ({ bytes }: Needed) => bytes.reduce((sum, of) => sum + of, 0);
  const [first] = needed;
  const encoders = table(
    "### Bytes at the same likeness",
    ["encoder", ...LIKENESS_SAMPLES.map((name) => `${name}, kB`), "of the first", "CPU ms"],
    needed.map((row) => [
      row.encoder,
      ...row.bytes.map((bytes) => (bytes / 1000).toFixed(1)),
      (bytesOf(row) / (first ? bytesOf(first) : Number.NaN)).toFixed(2),
      row.cpuMs.toFixed(0),
    ]),
  );
  const rows = (await measureAuto()).map(({ format, fixed, auto, likeness: reached }) => [
    format,
    (bytesOf(fixed) / 1000).toFixed(0),
    (bytesOf(auto) / 1000).toFixed(0),
    `${Math.min(...reached).toFixed(3)} to ${Math.max(...reached).toFixed(3)}`,
    (auto.cpuMs / fixed.cpuMs).toFixed(1),
  ]);
  const auto = table(
    '### `quality: "auto"`, on the same photographs',
    ["format", "at the usual quality, kB", "`auto`, kB", "likeness", "CPU, times"],
    rows,
  );
  return `${encoders}\n\n${auto}`;
}

function bundles(): string {
  console.error("Measuring the bundles…");
  const rows = measureBundles(synthesizeStack()).map(({ name, bytes, loadMs, hasSharp }) => [
    name,
    (bytes / 1000).toFixed(0),
    loadMs.toFixed(0),
    hasSharp ? "yes" : "no",
  ]);
  return table("### The functions' bundles", ["function", "kB", "load ms", "loads sharp"], rows);
}

/** With the setting that the account is good for. */
async function overload(): Promise<string> {
  const loads = [
    { limit: 10, concurrency: 10 },
    { limit: 100, concurrency: 100 },
    { limit: 1000, concurrency: 900 },
    { limit: 1000, concurrency: 900, others: 800 },
    { limit: 1000, concurrency: 900, others: 990 },
  ].flatMap((account) => [1, 1000, 20_000].map((uploads) => ({ ...account, uploads })));
  console.error("Simulating overload…");
  const rows: string[][] = [];
  for (const load of loads) {
    const { failed, seconds, idealSeconds, roundsSeconds, otherSeconds, refusedShare } = await simulate(load);
    const counts = [load.limit, load.others ?? 0, load.concurrency, load.uploads, failed].map(String);
    const times = [
      seconds.toFixed(1),
      (seconds / idealSeconds).toFixed(2),
      (seconds / roundsSeconds).toFixed(2),
      otherSeconds.toFixed(0),
      `${(refusedShare * 100).toFixed(0)}%`,
    ];
    rows.push([...counts, ...times]);
  }
  return table(
    "### Overload, simulated",
    [
      "functions at a time",
      "of them others'",
      "`concurrency`",
      "uploads at once",
      "failed",
      "s",
      "of the ideal",
      "of full rounds",
      "somebody else's one, s",
      "refused by Lambda",
    ],
    rows,
  );
}

/** With the throttle that there is, and with one that is too low: what refuses some makes all ask again. */
async function crowd(): Promise<string> {
  console.error("Simulating many people…");
  const rows: string[][] = [];
  for (const withinSeconds of [60, 600, 3600])
    for (const throttle of [
      { requestsPerSecond: 1000, burst: 2000 },
      { requestsPerSecond: 50, burst: 100 },
    ]) {
      const { requests, mostPerSecond, refused, waitSeconds } = await simulateCrowd({
        people: 1000,
        uploads: 10,
        withinSeconds,
        throttle,
        concurrency: 100,
        startsPerSecond: startsPerSecond(),
      });
      const counts = [withinSeconds, throttle.requestsPerSecond, requests, mostPerSecond, refused].map(
        String,
      );
      rows.push([...counts, waitSeconds.median.toFixed(0), waitSeconds.most.toFixed(0)]);
    }
  return table(
    "### A thousand people with ten photographs each, simulated",
    [
      "come within, s",
      "`apiThrottle`",
      "requests",
      "in the busiest second",
      "429",
      "s to the last picture, median",
      "at most",
    ],
    rows,
  );
}

async function engine(photographs: Photograph[]): Promise<string> {
  const { file } = synthesizeStack();
  const rows: string[][] = [];
  for (const photograph of photographs) {
    console.error(`Measuring the engine on ${photograph.name}…`);
    const { overheadMs, functionsMs } = await measureOverhead(file, photograph);
    rows.push([photograph.name, functionsMs.toFixed(0), overheadMs.toFixed(0)]);
  }
  const ready = await measureReadySeconds();
  const overhead = table(
    "### The engine on one machine",
    ["photograph", "functions, ms", "engine's overhead, ms"],
    rows,
  );
  return `${overhead}\n\n\`npm start\` was ready after ${ready.toFixed(1)} s.`;
}

async function api(): Promise<string> {
  console.error("Measuring the API…");
  const rows = (await measureApi(synthesizeStack().file)).map(({ route, requests, p50Ms, p99Ms }) => [
    route,
    String(requests),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
  ]);
  return table(
    "### The API's functions, warm, at 50 requests a second",
    ["route", "requests", "p50 ms", "p99 ms"],
    rows,
  );
}

function table(title: string, head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [title, "", line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Between the two marks in bench/README.md. */
function writeFigures(report: string): void {
  const file = new URL("README.md", import.meta.url);
  const [before = "", after = ""] = readFileSync(file, "utf8").split(
    /(?<=<!-- figures -->\n)[\s\S]*(?=<!-- end -->)/,
  );
  writeFileSync(file, `${before}\n${report}\n\n${after}`);
}
