import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import type { LogLine } from "../events.ts";
import { matches, patternSchema } from "../services/eventbridge/pattern.ts";
import { ACCOUNT, policyOf, REGION, roleOf, temporaryEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

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

/** A queue that a rule sends to, if its policy lets it. */
async function busWith(principal: string) {
  const statement = {
    Effect: "Allow",
    Principal: { Service: principal },
    Action: "sqs:SendMessage",
    Resource: "${aws_sqs_queue.heard.arn}",
    Condition: { ArnEquals: { "aws:SourceArn": "${aws_cloudwatch_event_rule.rule.arn}" } },
  };
  const engine = await temporaryEngine({
    resource: {
      aws_sqs_queue: { heard: { name: "heard" } },
      aws_sqs_queue_policy: {
        heard: { queue_url: "${aws_sqs_queue.heard.url}", policy: policyOf(statement) },
      },
      aws_cloudwatch_event_rule: {
        rule: { name: "shop", event_pattern: JSON.stringify({ source: ["shop"], detail: { paid: [true] } }) },
      },
      aws_cloudwatch_event_target: {
        target: {
          rule: "shop",
          arn: "${aws_sqs_queue.heard.arn}",
          depends_on: ["aws_cloudwatch_event_rule.rule"],
        },
      },
    },
    output: { url: { value: "${aws_sqs_queue.heard.url}" } },
  });
  const { events, sqs } = adminClients(engine);
  const put = (...Entries: { Source: string; Detail: string }[]) =>
    events.send(
      new PutEventsCommand({ Entries: Entries.map((entry) => ({ DetailType: "Order", ...entry })) }),
    );
  const received = async (WaitTimeSeconds: number) => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: engine.outputs.url, MaxNumberOfMessages: 10, WaitTimeSeconds }),
    );
    return Messages.map(({ Body = "" }) => JSON.parse(Body));
  };
  return { put, received };
}

test("what is put on the bus goes to the queues of the rules that match", async () => {
  const { put, received } = await busWith("events.amazonaws.com");
  const { Entries, FailedEntryCount } = await put(
    { Source: "shop", Detail: '{"paid":false}' },
    { Source: "other", Detail: '{"paid":true}' },
    { Source: "shop", Detail: '{"paid":true,"order":7}' },
  );
  expect(FailedEntryCount).toBe(0);
  const messages = await received(5);
  expect(messages).toEqual([
    {
      version: "0",
      id: Entries?.[2]?.EventId,
      "detail-type": "Order",
      source: "shop",
      account: ACCOUNT,
      region: REGION,
      time: expect.any(String),
      resources: [],
      detail: { paid: true, order: 7 },
    },
  ]);
});

test("an entry that the bus does not take is told of in the answer, and is no error", async () => {
  const { put } = await busWith("events.amazonaws.com");
  expect(
    await put(
      { Source: "shop", Detail: "no JSON" },
      { Source: "aws.s3", Detail: "{}" },
      { Source: "shop", Detail: "{}" },
    ),
  ).toMatchObject({
    FailedEntryCount: 2,
    Entries: [
      { ErrorCode: "MalformedDetail" },
      { ErrorCode: "NotAuthorizedForSourceException" },
      { EventId: expect.any(String) },
    ],
  });
});

test("a queue that lets no rule in gets nothing", async () => {
  const { put, received } = await busWith("sns.amazonaws.com");
  await put({ Source: "shop", Detail: '{"paid":true}' });
  expect(await received(0)).toEqual([]);
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
