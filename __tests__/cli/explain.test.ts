import { expect } from "vitest";
import { adviceFor } from "../../functions/shared/advice.ts";
import { executionPage, logPage } from "../../functions/shared/console.ts";
import { plain } from "../fixtures/images.ts";
import { it } from "../fixtures/shared-pipeline.ts";
import { environmentOf, run, runHere } from "./command-support.ts";

let place: string[];
it.beforeAll(({ pipeline }) => {
  place = ["--endpoint", pipeline.engine.endpoint];
});

it("tells the attempts of a failed image, what went wrong in each, and what to do", async ({ pipeline }) => {
  const fault = { target: { service: "lambda", function: "resize" }, kind: "timeout", times: 1000 } as const;
  pipeline.engine.faults.add(fault);
  await pipeline.process("explained/a.png", await plain(40, 30).png().toBuffer());
  pipeline.engine.faults.clear();
  const { code, out, err } = await runHere("explain", [...place, "--key", "explained/a.png"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const lines = out.split("\n");
  expect(lines[0]).toBe(`explained/a.png  ${pipeline.imageIdOf("explained/a.png")}`);
  expect(lines[1]).toMatch(/^FAILED since 20/);
  expect(lines[2]).toMatch(/^Failed: Sandbox\.Timedout: /);
  const attempts = lines.filter((line) => / {2}(Validate|Resize) /.test(line));
  expect(attempts.map((line) => line.trim().split(/ +/)[1])).toEqual([
    "Validate",
    "Resize",
    "Resize",
    "Resize",
    "Resize",
  ]);
  expect(attempts[2]).toMatch(/tried again after .+ {2}Sandbox\.Timedout: /);
  expect(out).toContain(`What to do: ${adviceFor("Sandbox.Timedout")}`);
  expect(lines).toContain(`npm run reprocess -- --endpoint ${place[1]} --key explained/a.png`);
  // As of a stack on AWS, whose endpoints the environment says.
  const environment = environmentOf(pipeline.engine);
  const byTable = await runHere("explain", ["--table", pipeline.names.table, "--key", "explained/a.png"], {
    environment,
  });
  expect(byTable.out.split("\n")).toContain(
    'npm run reprocess -- --queue-url "$queue_url" --bucket "$original_bucket_name" --key explained/a.png',
  );
  const byEnvironment = await run("explain", ["--key", "explained/a.png"], environment);
  expect(byEnvironment.out.split("\n")).toContain("npm run reprocess -- --key explained/a.png");
  // There is no console of this machine.
  expect(out).not.toContain("console.aws.amazon.com");
});

it("tells why a file was rejected, and nothing to do about it", async ({ pipeline }) => {
  await pipeline.process("explained/text.jpg", Buffer.from("Dear diary,\n"));
  const { out } = await runHere("explain", [...place, "--id", pipeline.imageIdOf("explained/text.jpg")]);
  expect(out).toMatch(/^Rejected \(UNSUPPORTED_TYPE\): This is text/m);
  expect(out).not.toContain("What to do");
});

it("ends with 1 for what is not there, and with 2 where nothing is named", async () => {
  expect(await runHere("explain", [...place, "--key", "nothing.jpg"])).toMatchObject({
    code: 1,
    err: "nothing.jpg: there is no such image.\n",
  });
  expect(await runHere("explain", place)).toMatchObject({
    code: 2,
    err: "Which images? Say --key or --id.\n",
  });
  expect(await runHere("explain", ["--table", "", "--key", "a.jpg"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^Option '--table <name>' .+ It is empty\.\n$/),
  });
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
