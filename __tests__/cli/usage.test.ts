/** What commands say to somebody who got something wrong, and to whoever asks for help. */
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "stack-engine";
import { LAMBDA_FAULTS, SERVICE_FAULTS } from "stack-engine/faults";
import { afterEach, describe, expect, test } from "vitest";
import { writeStack } from "../../engine/__tests__/engine-support.ts";
import { red } from "../fixtures/images.ts";
import { endAll, run, runHere } from "./command-support.ts";

const photo = join(mkdtempSync(join(tmpdir(), "photos-")), "rocket.png");
writeFileSync(photo, red);
const folder = mkdtempSync(join(tmpdir(), "usage-test-"));
afterEach(endAll);

describe("wrong usage ends with 2 and a sentence:", () => {
  test.each([
    ["process", ["gone.jpg"], /There is no file or folder gone\.jpg/],
    ["process", [photo, "--size", "3"], /unknown option '--size'/i],
    [
      "process",
      [photo, "--fault", "lambda:resize:explode"],
      /^--fault lambda:resize:explode: a function has no fault "explode"/,
    ],
    ["process", ["."], /no image among the files/],
    ["process", [], /For example: npm run process -- photo\.jpg/],
    ["process", [photo, "--out", photo], /rocket\.png is a file, not a folder/],
    ["process", [photo, "--fault", "lambda:rezise:kill"], /no function has that in its name. There are: /],
    ["upload", [], /missing required argument/i],
    ["upload", [photo, "--endpoint", "nonsense"], /not a URL/],
    ["start", ["--port", "80000"], /a port is a number/],
    ["start", ["--port", "0", "--data", photo], /rocket\.png cannot be a folder for data/],
    ["start", ["--port", "0", "--data", ""], /--data needs the name of a folder/],
    ["start", ["--port", "0", "--log-file", "/nope/dir/log.txt"], /--log-file \/nope\/dir\/log\.txt: /],
  ])("npm run %s -- %j", async (command, args, sentence) => {
    const { code, err } = await runHere(command, args, { cwd: folder });
    expect(err).toMatch(sentence);
    expect(err.trimEnd()).not.toContain("\n");
    expect(code).toBe(2);
  });

  // Node's own recursive mkdir never comes to an end there.
  test.skipIf(process.platform !== "linux")("results in a folder that cannot be", async () => {
    const { code, err } = await runHere("process", [photo, "--out", "/proc/nope/out"]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^--out \/proc\/nope\/out: .+\n$/) });
  });

  test("settings", async () => {
    const { code, err } = await run("process", [photo], { IMAGE_PIPELINE_REGION: "nowhere" }, folder);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^The setting "region" .+\n$/) });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("help is no error", async () => {
  const { code, out } = await runHere("process", ["--help"], { cwd: folder });
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("--out <folder>") });
  expect(out).toMatch(/^Usage: npm run process -- <file or folder>\.\.\./);
  expect(out).not.toMatch(/default: (\[\]|false)/);
});

test.each(["start", "process"])(
  "npm run %s --help names what can go wrong, and how often",
  async (command) => {
    const { out } = await runHere(command, ["--help"], { cwd: folder });
    const words = out.replace(/\s+/g, " ");
    for (const kind of [...LAMBDA_FAULTS, ...SERVICE_FAULTS]) expect(words).toContain(kind);
    expect(words).toMatch(/once, or as many times or as large a share as is said/);
  },
);

test("uploading without an engine says how to start one", async () => {
  const { code, err } = await runHere("upload", [photo, "--endpoint", "http://127.0.0.1:9"], { cwd: folder });
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("npm start") });
});

test("a port that is taken is named, and how to choose another", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { code, err } = await runHere("start", ["--port", String(port)], { cwd: folder });
  other.close();
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(
      new RegExp(`^Port ${port} .* is in use.* choose another port with --port\\.\n$`),
    ),
  });
});

test("uploading through the API of a stack that has none is refused in a sentence", async () => {
  const names = ["original_bucket_name", "processed_bucket_name", "metadata_table_name", "queue_url"];
  const { file, remove } = await writeStack({
    output: Object.fromEntries(names.map((name) => [name, { value: name }])),
  });
  const engine = await startEngine({ stackFile: file, port: 0 });
  const { code, err } = await runHere("upload", [photo, "--api", "--endpoint", engine.endpoint], {
    cwd: folder,
  });
  await engine.stop();
  await remove();
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringMatching(/^The stack .+ has no REST API.+\n$/),
  });
});

describe("a full disk is named, with what to do:", () => {
  test("that of temporary files, where the stack is synthesized", async () => {
    const full = `
      import fs from "node:fs";
      fs.copyFileSync = (from, to) => { throw new Error(\`ENOSPC: no space left on device, copyfile '\${from}' -> '\${to}'\`); };`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(full)}`;
    const { code, err } = await run("start", ["--port", "0"], { NODE_OPTIONS }, folder);
    const sentence =
      /^There is no room for (.+)\/stacks\/.+\. Make some there, or set TMPDIR to a folder on another disk\.\n$/;
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(sentence) });
  });

  test.skipIf(!existsSync("/dev/full"))("that of the folder for data", async () => {
    const data = mkdtempSync(join(folder, "data-"));
    symlinkSync("/dev/full", join(data, "engine.json.new"));
    const environment = { TMPDIR: mkdtempSync(join(folder, "temporary-")) };
    const { code, err } = await run("start", ["--port", "0", "--data", data], environment, folder);
    const sentence = `There is no room for ${join(data, "engine.json.new")}. Make some there.\n`;
    expect({ code, err }).toEqual({ code: 1, err: sentence });
  });
});
