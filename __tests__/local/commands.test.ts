import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const project = join(import.meta.dirname, "..", "..");
const photo = join(project, "samples", "rocket.jpg");

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "commands-test-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

function begin(command: string, args: string[]) {
  const { npm_lifecycle_event: _, AWS_ENDPOINT_URL: __, ...env } = process.env;
  const child = spawn(process.execPath, [join(project, "local", `${command}.ts`), ...args], {
    cwd: folder,
    env: { ...env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const written = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    written.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    written.err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, written, ended };
}

async function run(command: string, ...args: string[]) {
  const { ended, written } = begin(command, args);
  return { code: await ended, ...written };
}

/** The ids of the processes that one has started. */
async function startedBy(parent: number | undefined): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const pairs = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

describe("wrong usage ends with 2 and a sentence:", () => {
  test.each([
    ["process", [], /missing required argument/i],
    ["process", ["gone.jpg"], /There is no file or folder gone\.jpg/],
    ["process", [photo, "--size", "3"], /unknown option '--size'/i],
    ["process", [photo, "--fault", "lambda:resize:explode"], /a function has no fault "explode"/],
    ["process", ["."], /no image among the files/],
    ["upload", [], /missing required argument/i],
    ["upload", [photo, "--endpoint", "nonsense"], /not a URL/],
    ["start", ["--port", "80000"], /a port is a number/],
  ])("npm run %s -- %j", async (command, args, sentence) => {
    const { code, err } = await run(command, ...args);
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });
});

test("help is no error", async () => {
  const { code, out } = await run("process", "--help");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("--out <folder>") });
});

test("uploading without an engine says how to start one", async () => {
  const { code, err } = await run("upload", photo, "--endpoint", "http://127.0.0.1:9");
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("npm start") });
});

describe("npm run process", () => {
  test("leaves the variants and the record of each image, and ends with 0", async () => {
    await mkdir(join(folder, "more", ".hidden"), { recursive: true });
    await copyFile(photo, join(folder, "more", "rocket.jpg"));
    await copyFile(photo, join(folder, "more", ".hidden", "secret.jpg"));
    await writeFile(join(folder, "more", "README.md"), "no image");
    const { code, out, err } = await run("process", photo, "more", "--out", "results");
    expect(err).toBe(`Left out, not an image by its name: ${join("more", "README.md")}\n`);
    expect(out).toMatch(/2 of 2 images processed/);
    expect(code).toBe(0);
    const imageIds = await readdir(join(folder, "results"));
    expect(imageIds).toHaveLength(2);
    for (const imageId of imageIds) {
      const files = await readdir(join(folder, "results", imageId));
      const record = JSON.parse(await readFile(join(folder, "results", imageId, "metadata.json"), "utf8"));
      expect(record).toMatchObject({ imageId, status: "PROCESSED" });
      const published = record.variants.map(({ key }: { key: string }) => key.split("/").at(-1));
      expect(files.sort()).toEqual([...published, "metadata.json"].sort());
      expect(published.length).toBeGreaterThan(0);
    }
  });

  test("ends with 1 and the reason when a file is rejected, and retries what went wrong on the way", async () => {
    await writeFile(join(folder, "notes.txt"), "words, no pixels");
    const { code, out } = await run("process", photo, "notes.txt", "--fault", "lambda:resize:throttle:1");
    expect(out).toMatch(/REJECTED/);
    expect(out).toMatch(/notes\.txt: .{20,}/);
    expect(out).toMatch(/Resize +retry 1 after Lambda\.TooManyRequestsException/);
    expect(out).toMatch(/1 of 2 images processed/);
    expect(code).toBe(1);
  });

  test("ends with a sentence and no process left on Ctrl-C", async () => {
    const { child, written, ended } = begin("process", [photo, "--fault", "s3:GetObject:slow:9:20000"]);
    // More than one: the first is the synthesis, the functions' own come after it.
    await expect
      .poll(async () => (await startedBy(child.pid)).length, { timeout: 20_000 })
      .toBeGreaterThan(2);
    const functions = await startedBy(child.pid);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(written.err).toMatch(/Stopped before everything was processed/);
    expect(written.out).not.toMatch(/images processed/);
    for (const pid of functions) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});

test("npm start shows what npm run upload brings, until Ctrl-C", async () => {
  const { child, written, ended } = begin("start", ["--port", "0", "--log-file", "pipeline.log"]);
  await expect.poll(() => written.out, { timeout: 30_000 }).toMatch(/Ctrl-C stops it/);
  const endpoint = /AWS endpoint +(\S+)/.exec(written.out)?.[1] ?? "";
  const uploaded = await run("upload", photo, "--endpoint", endpoint);
  expect(uploaded.out).toMatch(/rocket\.jpg: processed into \d+ files/);
  expect(uploaded.code).toBe(0);
  await expect.poll(() => written.out).toMatch(/PROCESSED +\d+ ms {2}\d+ files, /);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  for (const state of ["Validate", "Resize", "Watermark", "RecordMetadata"]) {
    expect(written.out).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} {2}\\S+ +${state} +\\d+ ms$`, "m"),
    );
  }
  expect(await readFile(join(folder, "pipeline.log"), "utf8")).toBe(written.out);
});
