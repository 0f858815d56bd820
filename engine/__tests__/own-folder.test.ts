import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeOwnFolder } from "../own-folder.ts";

const source = join(import.meta.dirname, "..", "own-folder.ts");

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "own-folder-test-"));
});
afterEach(() => rm(parent, { recursive: true }));

/** A process that makes its folder, and then does what it is told; resolves when it has ended. */
async function processThat(does: string): Promise<void> {
  const code = `const { makeOwnFolder } = await import(${JSON.stringify(source)});
    await makeOwnFolder(${JSON.stringify(parent)});
    ${does}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "ignore" });
  await once(child, "close");
}

test("the folder goes when it is removed, and when the process crashes", async () => {
  const folder = await makeOwnFolder(parent);
  await mkdir(join(folder.path, "code"));
  await folder.remove();
  await folder.remove();
  await processThat('throw new Error("crash")');
  expect(await readdir(parent)).toEqual([]);
});

test("the folder of a process that was killed goes when the next one starts", async () => {
  await processThat('process.kill(process.pid, "SIGKILL")');
  expect(await readdir(parent)).toHaveLength(1);
  const first = await makeOwnFolder(parent);
  const second = await makeOwnFolder(parent);
  const names = await readdir(parent);
  expect(names.map((name) => join(parent, name)).sort()).toEqual([first.path, second.path].sort());
  await first.remove();
  await second.remove();
});

test("nothing else is touched", async () => {
  const foreign = {
    "stack-engine-synth-AbCdEf": { pid: 2 ** 30, host: hostname() },
    "stack-engine-AbCdEf": { pid: 2 ** 30, host: "elsewhere" },
    "stack-engine-GhIjKl": { pid: process.pid, host: hostname() },
    "stack-engine-MnOpQr": "no owner",
  };
  for (const [name, owner] of Object.entries(foreign)) {
    await mkdir(join(parent, name));
    await writeFile(join(parent, name, "owner.json"), JSON.stringify(owner));
  }
  await mkdir(join(parent, "stack-engine-StUvWx"));
  await (await makeOwnFolder(parent)).remove();
  expect((await readdir(parent)).sort()).toEqual([...Object.keys(foreign), "stack-engine-StUvWx"].sort());
});
