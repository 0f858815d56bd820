import fs from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as z from "zod";
import { openJournal } from "../journal.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A map whose changes are written down; a value of null takes a key away. */
function openMap(name = "map") {
  const map = new Map<string, string>();
  const journal = openJournal(join(folder, name), {
    schema: z.object({ key: z.string(), value: z.string().nullable() }),
    apply: ({ key, value }) => void (value === null ? map.delete(key) : map.set(key, value)),
    *snapshot() {
      for (const [key, value] of map) yield { key, value };
    },
  });
  return { map, ...journal };
}

test("what was appended is there again, in as few lines as it takes, and no file besides", async () => {
  const first = openMap();
  for (const value of ["1", "2", null, "3", "ä\n"]) first.append({ key: "a", value });
  first.append({ key: "b", value: null });
  first.close();
  const second = openMap();
  expect([...second.map]).toEqual([["a", "ä\n"]]);
  second.append({ key: "c", value: "4" });
  second.close();
  expect(await readFile(join(folder, "map"), "utf8")).toBe(
    '{"key":"a","value":"ä\\n"}\n{"key":"c","value":"4"}\n',
  );
  expect(await readdir(folder)).toEqual(["map"]);
});

test("lines may be longer than what is read or written at once, and be more than that together", () => {
  const long = "ä".repeat(1_500_000);
  const values = [long, ...Array.from({ length: 3000 }, (_, index) => `${index}-${"ö".repeat(600)}`), long];
  const first = openMap();
  for (const [index, value] of values.entries()) first.append({ key: String(index), value });
  first.close();
  for (const _ of ["as it was appended", "as it was written anew"]) {
    const next = openMap();
    expect([...next.map.values()]).toEqual(values);
    next.close();
  }
});

test("a full disk is named, and half a line is written over once there is room again", () => {
  const first = openMap();
  first.append({ key: "a", value: "1" });
  const { writeSync } = fs;
  const writeHalf = (file: number, bytes: NodeJS.ArrayBufferView, ...place: (number | null)[]): number => {
    writeSync(file, bytes, 0, 5, place[2]);
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { syscall: "write" });
  };
  const disk = vi.spyOn(fs, "writeSync").mockImplementation(writeHalf as typeof writeSync);
  syncBuiltinESMExports();
  expect(() => first.append({ key: "b", value: "2" })).toThrow(`device, write '${join(folder, "map")}'`);
  disk.mockRestore();
  syncBuiltinESMExports();
  first.append({ key: "c", value: "3" });
  first.close();
  const second = openMap();
  expect(Object.fromEntries(second.map)).toEqual({ a: "1", c: "3" });
  second.close();
});
