import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect } from "vitest";
import { apiClientOf } from "../fixtures/api-client.ts";
import { anew, sample } from "../fixtures/images.ts";
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

/** The commands of a page, one after the other. */
function commandsOf(name: string): string {
  const page = readFileSync(join(projectFolder, "docs", name), "utf8");
  return [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block).join("\n");
}

const hasCurl =
  spawnSync("curl", ["--version"]).status === 0 && spawnSync("bash", ["--version"]).status === 0;

it.skipIf(!hasCurl)("every curl command of docs/api.md does what the page says", async () => {
  const commands = commandsOf("api.md");
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

it.skipIf(!hasCurl)("every curl command of docs/delivery.md does what the page says", async () => {
  const ann = await apiClientOf(pipeline, "ann@docs.example.org");
  const { accessToken } = await pipeline.engine.testUser({ email: "ann@docs.example.org" });
  const { body } = await ann.call("POST", "/images?caption=Lift-off", {
    body: new Uint8Array(anew(sample("rocket.jpg"))),
    headers: { "content-type": "image/jpeg" },
  });
  await ann.done(body.imageId);
  const { code, output } = await runShell(commandsOf("delivery.md"), folder, {
    API_URL: pipeline.engine.apiUrl,
    TOKEN: accessToken,
    IMAGE_ID: body.imageId,
  });
  expect(code, output).toBe(0);
  expect(await sharp(join(folder, "small.webp")).metadata()).toMatchObject({ format: "webp", width: 512 });
  expect(await sharp(join(folder, "small.jpeg")).metadata()).toMatchObject({ format: "jpeg", width: 512 });
  expect(output).toMatch(/<picture>.*sizes="\(min-width: 900px\) 50vw, 100vw".*alt="Lift-off".*<\/picture>/s);
  expect((await ann.get(`/images/${body.imageId}`)).body.public).toBeUndefined();
});
