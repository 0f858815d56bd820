import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheIn } from "../cache.ts";
import { temporaryEngine } from "./engine-support.ts";

const newFolder = () => mkdtemp(join(tmpdir(), "cache-test-"));
const fillWith = (text: string) => (folder: string) => writeFile(join(folder, "text"), text);

test("the first who asks fills a folder, for all who come after", async () => {
  const root = await newFolder();
  const first = await cacheIn(root).folder("a", fillWith("first"));
  const second = await cacheIn(root).folder("a", fillWith("second"));
  expect(second).toBe(first);
  expect(await readFile(join(second, "text"), "utf8")).toBe("first");
});

test("of several at once one is kept, whole", async () => {
  const root = await newFolder();
  const texts = Array.from({ length: 8 }, (_, index) => String(index));
  const folders = await Promise.all(texts.map((text) => cacheIn(root).folder("a", fillWith(text))));
  expect(new Set(folders)).toEqual(new Set([join(root, "a")]));
  expect(texts).toContain(await readFile(join(root, "a", "text"), "utf8"));
  expect(await readdir(root)).toEqual(["a"]);
});

test("one that could not be filled is not there", async () => {
  const root = await newFolder();
  const failing = cacheIn(root).folder("a", () => Promise.reject(new Error("disk full")));
  await expect(failing).rejects.toThrow("disk full");
  expect(await readdir(root)).toEqual([]);
});

test("what was not used for a month goes when something is made", async () => {
  const root = await newFolder();
  const old = new Date(Date.now() - 31 * 86_400_000);
  for (const name of ["unused", "used"]) {
    await mkdir(join(root, name));
    await utimes(join(root, name), old, old);
  }
  await cacheIn(root).folder("used", () => Promise.reject(new Error("it is there")));
  await cacheIn(root).folder("new", fillWith("new"));
  expect((await readdir(root)).sort()).toEqual(["new", "used"]);
});

test("engines share what Node compiled of a function", async () => {
  const cache = await newFolder();
  const code = `/* ${"long enough to be worth keeping ".repeat(50)} */ export const handler = () => import.meta.dirname;`;
  const placeIn = async () => {
    const engine = await temporaryEngine({ functions: { f: { code } } }, { cache });
    return String((await engine.invoke("f", {})).payload);
  };
  const place = await placeIn();
  const compiled = join(place, "../compiled");
  await expect.poll(() => readdir(compiled)).not.toEqual([]);
  expect(await placeIn()).toBe(place);
  expect(place.startsWith(cache)).toBe(true);
});

test("where nothing can be kept, an engine makes its own", async () => {
  const cache = join(await newFolder(), "a-file");
  await writeFile(cache, "");
  const engine = await temporaryEngine(
    { functions: { f: { code: "export const handler = () => import.meta.dirname;" } } },
    { cache },
  );
  const { payload } = await engine.invoke("f", {});
  expect(existsSync(payload)).toBe(true);
  await engine.stop();
  expect(existsSync(payload)).toBe(false);
});
