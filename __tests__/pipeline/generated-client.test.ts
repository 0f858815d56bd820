import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, expect } from "vitest";
import { it } from "../fixtures/shared-pipeline.ts";
import { runShell } from "../fixtures/shell.ts";
import { projectFolder } from "../fixtures/stack.ts";

const folder = mkdtempSync(join(tmpdir(), "image-pipeline-client-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As strict as this project, but for what the generator does not keep to and `strict` does not ask for. */
const tsconfig = {
  extends: join(projectFolder, "tsconfig.json"),
  compilerOptions: { exactOptionalPropertyTypes: false },
  include: ["*.ts"],
};

it("a client that is generated from the contract sends a photograph and shows it, as docs/api.md says", async ({
  pipeline,
}) => {
  const [, section = ""] = readFileSync(join(projectFolder, "docs/api.md"), "utf8").split(
    "## From a program",
  );
  const [, generate = ""] = section.match(/^npx (oazapfts .+)$/m) ?? [];
  const [, program = ""] = section.match(/```ts\n(.*?)```/s) ?? [];
  writeFileSync(join(folder, "program.ts"), program);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"), "junction");
  cpSync(join(projectFolder, "samples/rocket.jpg"), join(folder, "samples/rocket.jpg"));

  const { accessToken } = await pipeline.engine.testUser({ email: "programs@example.org" });
  const { code, output } = await runShell(`${generate} && tsc && node program.ts`, folder, {
    PATH: [join(projectFolder, "node_modules/.bin"), process.env.PATH].join(delimiter),
    API_URL: pipeline.engine.apiUrl.replace(/\/$/, ""),
    TOKEN: accessToken,
  });
  expect(code, output).toBe(0);
  expect(output).toMatch(/<picture>.*<source .*alt="Lift-off".*<\/picture>/s);
});
