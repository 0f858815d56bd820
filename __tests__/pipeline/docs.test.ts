import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect } from "vitest";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";
import { runShell } from "../fixtures/shell.ts";
import { projectFolder } from "../fixtures/stack.ts";

let pipeline: Pipeline;
const folder = mkdtempSync(join(tmpdir(), "image-pipeline-docs-"));
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  cpSync(join(projectFolder, "samples"), join(folder, "samples"), { recursive: true });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
});

const hasCurl =
  spawnSync("curl", ["--version"]).status === 0 && spawnSync("bash", ["--version"]).status === 0;

it.skipIf(!hasCurl)("every curl command of docs/api.md does what the page says", async () => {
  const page = readFileSync(join(projectFolder, "docs/api.md"), "utf8");
  const commands = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block).join("\n");
  expect(commands.match(/\bcurl\b/g)?.length).toBeGreaterThan(8);
  const { accessToken } = await pipeline.engine.testUser();
  const { code, output } = await runShell(commands, folder, {
    API_URL: pipeline.engine.apiUrl,
    TOKEN: accessToken,
  });
  expect(code, output).toBe(0);
  expect(output).toContain('"name":"Espresso"');
  expect(output).toContain('"name":"Watermark","status":"SUCCEEDED"');
  expect(output).toContain('"status":"PROCESSING"');
  expect(await sharp(join(folder, "espresso.jpeg")).metadata()).toMatchObject({ format: "jpeg", width: 512 });
});
