import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { expect, test } from "vitest";
import { matches, patternSchema } from "../services/eventbridge/pattern.ts";
import type { LogLine } from "../services/lambda/events.ts";
import { ACCOUNT, REGION, roleOf, temporaryEngine } from "./engine-support.ts";

const MACHINE_ARN = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:machine`;

/** A machine that fails when it is told to, and a function that hears of its executions. */
function stack(pattern: object, { mayInvoke = true, rule = {}, target = {} } = {}) {
  const permission = {
    action: "lambda:InvokeFunction",
    function_name: "hears",
    principal: "events.amazonaws.com",
    source_arn: "${aws_cloudwatch_event_rule.rule.arn}",
  };
  return {
    functions: {
      hears: { code: "export const handler = async (event) => console.log(JSON.stringify(event));" },
    },
    resource: {
      aws_iam_role: { machine: roleOf("machine-role", "states.amazonaws.com") },
      aws_sfn_state_machine: {
        machine: {
          name: "machine",
          role_arn: "${aws_iam_role.machine.arn}",
          definition: JSON.stringify({
            StartAt: "Which",
            States: {
              Which: {
                Type: "Choice",
                Choices: [{ Variable: "$.fails", BooleanEquals: true, Next: "Failed" }],
                Default: "Done",
              },
              Failed: { Type: "Fail", Error: "Told", Cause: "to" },
              Done: { Type: "Succeed" },
            },
          }),
        },
      },
      aws_cloudwatch_event_rule: { rule: { name: "ends", event_pattern: JSON.stringify(pattern), ...rule } },
      aws_cloudwatch_event_target: {
        target: {
          rule: "${aws_cloudwatch_event_rule.rule.name}",
          arn: "${aws_lambda_function.hears.arn}",
          ...target,
        },
      },
      ...(mayInvoke && { aws_lambda_permission: { permission } }),
    },
  };
}

const FAILURES = { source: ["aws.states"], detail: { stateMachineArn: [MACHINE_ARN], status: ["FAILED"] } };

/** Runs executions, and gives what the function has heard by the time that it heard of the last one. */
async function heardOf(...started: Parameters<typeof temporaryEngine>) {
  const engine = await temporaryEngine(...started);
  const heard: Record<string, unknown>[] = [];
  engine.events.on("log", ({ line }: LogLine) => heard.push(JSON.parse(line)));
  for (const fails of [false, true])
    await engine.states.send(
      new StartExecutionCommand({
        stateMachineArn: MACHINE_ARN,
        name: `fails-${fails}`,
        input: JSON.stringify({ fails }),
      }),
    );
  return { engine, heard };
}

test("a rule invokes its function for the executions that match its pattern", async () => {
  const { heard } = await heardOf(stack(FAILURES));
  await expect.poll(() => heard.length).toBe(1);
  expect(heard[0]).toMatchObject({
    source: "aws.states",
    "detail-type": "Step Functions Execution Status Change",
    resources: [`arn:aws:states:${REGION}:${ACCOUNT}:execution:machine:fails-true`],
    detail: { name: "fails-true", status: "FAILED", error: "Told", cause: "to", input: '{"fails":true}' },
  });
});

test("a function that lets no rule in is not invoked", async () => {
  const { engine, heard } = await heardOf(stack(FAILURES, { mayInvoke: false }));
  await engine.invoke("hears", { by: "hand" });
  expect(heard).toEqual([{ by: "hand" }]);
});

test.each([
  ["a filter", stack({ detail: { status: [{ prefix: "F" }] } }), /has to list values/],
  ["a clock", stack(FAILURES, { rule: { schedule_expression: "rate(1 day)" } }), /is a schedule here/],
  ["another event for the target", stack(FAILURES, { target: { input: "{}" } }), /the whole event/],
])("%s stops the engine, with a sentence", async (_, fixture, sentence) => {
  await expect(temporaryEngine(fixture)).rejects.toThrow(sentence);
});

test("a pattern matches what has one of its values in each of its fields", () => {
  const pattern = patternSchema.parse({ a: [1, 2], b: { c: ["x"] } });
  expect(matches(pattern, { a: 2, b: { c: "x", d: 1 }, e: 1 })).toBe(true);
  expect(matches(pattern, { a: 3, b: { c: "x" } })).toBe(false);
  expect(matches(pattern, { a: 1, b: {} })).toBe(false);
  expect(matches(pattern, { a: 1, b: "x" })).toBe(false);
});
