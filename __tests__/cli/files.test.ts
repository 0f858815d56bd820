import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findFiles } from "../../cli/files.ts";

it("a folder stands for the images in it, but not for results of an earlier run, hidden files or packages", async () => {
  const folder = mkdtempSync(join(tmpdir(), "files-"));
  for (const name of [
    "a.jpg",
    "deep/b.PNG",
    ".hidden.jpg",
    "notes.txt",
    "out/1/large.webp",
    "node_modules/x/logo.png",
  ]) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "x");
  }
  const { files, skipped } = await findFiles([folder], join(folder, "out"));
  expect(files.map(({ key }) => key)).toEqual(["a.jpg", "deep/b.PNG"]);
  expect(skipped).toEqual([join(folder, "notes.txt")]);
});
