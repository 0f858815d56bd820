import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkWritable } from "../../cli/process/copy.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "results-folder-test-"));
});
afterEach(() => rm(parent, { recursive: true }));

test("is tried without a trace", async () => {
  await checkWritable(join(parent, "a", "b", "c"));
  expect(await readdir(parent)).toEqual([]);
  await mkdir(join(parent, "a"));
  await writeFile(join(parent, "a", "mine.txt"), "");
  await checkWritable(join(parent, "a"));
  expect(await readdir(join(parent, "a"))).toEqual(["mine.txt"]);
});

test("is refused in one sentence where it cannot be", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  const inTheWay = `${file} is a file, not a folder.`;
  await expect(checkWritable(file)).rejects.toThrow(`--out ${file}: ${inTheWay}`);
  await expect(checkWritable(join(file, "a", "b"))).rejects.toThrow(inTheWay);
  await expect(checkWritable("")).rejects.toThrow(/--out needs/);
});
