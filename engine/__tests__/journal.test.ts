import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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
