import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { adviceFor } from "../../functions/shared/advice.ts";
import { executionPage, logPage } from "../../functions/shared/console.ts";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";
import { projectFolder } from "../fixtures/stack.ts";

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline();
});
afterEach(() => pipeline.engine.faults.clear());
afterAll(() => pipeline?.stop());

/** What the command writes, and its exit code. */
async function explain(...args: string[]) {
  const command = ["cli/explain.ts", "--endpoint", pipeline.engine.endpoint, ...args];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: projectFolder });
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

it("tells the attempts of a failed image, what went wrong in each, and what to do", async () => {
  const fault = { target: { service: "lambda", function: "resize" }, kind: "kill", times: 1000 } as const;
  pipeline.engine.faults.add(fault);
  await pipeline.process("holidays/a.png", await plain(40, 30).png().toBuffer());
  const { code, stdout } = await explain("--key", "holidays/a.png");
  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(lines[0]).toBe(`holidays/a.png  ${pipeline.imageIdOf("holidays/a.png")}`);
  expect(lines[1]).toMatch(/^FAILED since 20/);
  expect(lines[2]).toMatch(/^Failed: Runtime\.ExitError: /);
  const attempts = lines.filter((line) => / {2}(Validate|Resize) /.test(line));
  expect(attempts.map((line) => line.trim().split(/ +/)[1])).toEqual([
    "Validate",
    "Resize",
    "Resize",
    "Resize",
    "Resize",
  ]);
  expect(attempts[2]).toMatch(/tried again after .+ {2}Runtime\.ExitError: /);
  expect(stdout).toContain(`What to do: ${adviceFor("Runtime.ExitError")}`);
  expect(stdout).toContain("npm run reprocess -- --key holidays/a.png");
  // There is no console of this machine.
  expect(stdout).not.toContain("console.aws.amazon.com");
});

it("tells why a file was rejected, and nothing to do about it", async () => {
  await pipeline.process("text.jpg", Buffer.from("Dear diary,\n"));
  const { stdout } = await explain("--id", pipeline.imageIdOf("text.jpg"));
  expect(stdout).toMatch(/^Rejected \(UNSUPPORTED_TYPE\): This is text/m);
  expect(stdout).not.toContain("What to do");
});

it("ends with 1 for what is not there, and with 2 where nothing is named", async () => {
  expect(await explain("--key", "nothing.jpg")).toMatchObject({
    code: 1,
    stderr: "nothing.jpg: there is no such image.\n",
  });
  expect(await explain()).toMatchObject({ code: 2, stderr: "Which images? Say --key or --id.\n" });
});

it("leads to the console's pages of the execution, and of what the step's function wrote meanwhile", () => {
  const arn = "arn:aws:states:eu-central-1:111122223333:execution:image-pipeline-dev-workflow:a-png";
  expect(executionPage(arn)).toBe(
    `https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/${arn}`,
  );
  expect(logPage(arn, "Resize", "0a1b", new Date(120_000))).toBe(
    "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/" +
      "$252Faws$252Flambda$252Fimage-pipeline-dev-resize/log-events" +
      "$3Fstart$3D60000$26end$3D180000$26filterPattern$3D$25220a1b$2522",
  );
  expect(logPage(arn, "Tell", "0a1b", new Date(0))).toBeUndefined();
});
