import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { buildSite } from "../../stacks/assets/site.ts";

/** docs/architecture.md says so. */
const MOST_BYTES = 70_000;

it("less than 70 kB, compressed, are loaded before the gallery is seen", () => {
  const { folder } = buildSite();
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const parts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  const sizeOf = (path: string) => gzipSync(readFileSync(join(folder, path))).length;
  const bytes = ["index.html", ...parts].map(sizeOf).reduce((sum, size) => sum + size);
  expect(parts.map((path) => path.split(".").at(-1)).sort()).toEqual(["css", "js"]);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
