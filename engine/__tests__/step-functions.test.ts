import { availableParallelism } from "node:os";
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExecutionEvent } from "../services/step-functions/events.ts";
import { callJson } from "./endpoint-support.ts";
import {
  ACCOUNT,
  EVERYTHING,
  functionArn,
  policyOf,
  REGION,
  type RunningEngine,
  roleOf,
  runStack,
} from "./engine-support.ts";

const WORKER = `
export async function handler(event) {
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  if (event.throws) throw Object.assign(new Error("because"), { name: event.throws });
  if (event.answerBytes) return "x".repeat(event.answerBytes);
  return { got: event };
}`;

const task = (payload: object, rest: object = { End: true }) => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName: functionArn("worker"), Payload: payload },
  ...rest,
});

const machines = {
  echo: {
    StartAt: "Work",
    States: { Work: task({ "input.$": "$" }, { OutputPath: "$.Payload.got.input", End: true }) },
  },
  context: {
    StartAt: "Work",
    States: {
      Work: task({
        "id.$": "$$.Execution.Id",
        "name.$": "$$.Execution.Name",
        "start.$": "$$.Execution.StartTime",
        "machine.$": "$$.StateMachine.Id",
        "state.$": "$$.State.Name",
        "entered.$": "$$.State.EnteredTime",
      }),
    },
  },
  direct: { StartAt: "Work", States: { Work: { Type: "Task", Resource: functionArn("worker"), End: true } } },
  careful: {
    StartAt: "Work",
    States: {
      Work: task(
        { "throws.$": "$.throws", "retry.$": "$$.State.RetryCount" },
        {
          Retry: [
            { ErrorEquals: ["Never"], MaxAttempts: 0 },
            {
              ErrorEquals: ["Lambda.TooManyRequestsException", "Runtime.ExitError"],
              IntervalSeconds: 5,
              MaxAttempts: 2,
            },
          ],
          Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Noted" }],
          ResultPath: "$.worked",
          Next: "Done",
        },
      ),
      Noted: {
        Type: "Choice",
        Choices: [{ Variable: "$.error.Error", StringEquals: "Rejected", Next: "Refuse" }],
        Default: "Done",
      },
      Refuse: { Type: "Fail", Error: "ImageRejected", CausePath: "$.error.Cause" },
      Done: { Type: "Succeed" },
    },
  },
  hasty: {
    StartAt: "Work",
    States: {
      Work: task(
        { sleepMs: 20_000 },
        { TimeoutSeconds: 1, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "Late" }], End: true },
      ),
      Late: { Type: "Pass", End: true },
    },
  },
  waiting: { StartAt: "Wait", States: { Wait: { Type: "Wait", Seconds: 600, End: true } } },
  quick: { StartAt: "Done", States: { Done: { Type: "Succeed" } } },
  large: {
    StartAt: "Work",
    States: {
      Work: task(
        { answerBytes: 300_000 },
        { Catch: [{ ErrorEquals: ["States.ALL"], Next: "Never" }], End: true },
      ),
      Never: { Type: "Succeed" },
    },
  },
  mapped: {
    StartAt: "Each",
    States: {
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        ItemProcessor: { StartAt: "One", States: { One: task({ "item.$": "$" }) } },
        End: true,
      },
    },
  },
  telling: {
    StartAt: "Tell",
    States: {
      Tell: {
        Type: "Task",
        Resource: "arn:aws:states:::sns:publish",
        Parameters: { TopicArn: "${aws_sns_topic.outcomes.arn}", Message: { "what.$": "$.what" } },
        End: true,
      },
    },
  },
};

let engine: RunningEngine;
const events: ExecutionEvent[] = [];
const arnOf = (machine: keyof typeof machines) =>
  `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${machine}`;

beforeAll(async () => {
  const stateMachines = Object.entries({ ...machines, express: machines.quick }).map(([name, definition]) => [
    name,
    {
      name,
      role_arn: "${aws_iam_role.workflow.arn}",
      definition: JSON.stringify(definition),
      ...(name === "express" && { type: "EXPRESS" }),
    },
  ]);
  engine = await runStack({
    functions: { worker: { code: WORKER, timeout: 30, memory_size: 512 } },
    resource: {
      aws_iam_role: { workflow: roleOf("workflow", "states.amazonaws.com") },
      aws_iam_role_policy: {
        workflow: { role: "${aws_iam_role.workflow.name}", policy: policyOf(EVERYTHING) },
      },
      aws_sfn_state_machine: Object.fromEntries(stateMachines),
      aws_sns_topic: { outcomes: { name: "outcomes" } },
      aws_sqs_queue: { listener: { name: "listener" } },
      aws_sns_topic_subscription: {
        byQueue: {
          topic_arn: "${aws_sns_topic.outcomes.arn}",
          protocol: "sqs",
          endpoint: "${aws_sqs_queue.listener.arn}",
          raw_message_delivery: true,
        },
        byMail: {
          topic_arn: "${aws_sns_topic.outcomes.arn}",
          protocol: "email",
          endpoint: "someone@example.org",
        },
      },
    },
    output: { queue: { value: "${aws_sqs_queue.listener.url}" } },
  });
  engine.events.on("execution", (event) => events.push(event));
});
afterAll(() => engine?.stop());

const start = async (machine: keyof typeof machines, input: object = {}, name?: string) => {
  const command = new StartExecutionCommand({
    stateMachineArn: arnOf(machine),
    input: JSON.stringify(input),
    name,
  });
  return (await engine.states.send(command)).executionArn ?? "";
};
const describeExecution = (executionArn: string) =>
  engine.states.send(new DescribeExecutionCommand({ executionArn }));
const ended = async (executionArn: string) => {
  await expect
    .poll(async () => (await describeExecution(executionArn)).status, { timeout: 20_000 })
    .not.toBe("RUNNING");
  return describeExecution(executionArn);
};
const run = async (machine: keyof typeof machines, input: object = {}) => ended(await start(machine, input));
const historyOf = async (executionArn: string, rest: object = {}) =>
  (await engine.states.send(new GetExecutionHistoryCommand({ executionArn, ...rest }))).events ?? [];
const fault = (kind: "throttle" | "kill" | "service-exception", times: number) =>
  engine.faults.add({ target: { service: "lambda", function: "worker" }, kind, times });

describe("an execution", () => {
  test("gives what the last state made of its input", async () => {
    const { status, output, input, startDate, stopDate } = await run("echo", { hello: "wörld" });
    expect({ status, output, input }).toEqual({
      status: "SUCCEEDED",
      output: '{"hello":"wörld"}',
      input: '{"hello":"wörld"}',
    });
    expect(stopDate?.getTime()).toBeGreaterThanOrEqual(startDate?.getTime() ?? Infinity);
  });

  test("knows itself in its context object", async () => {
    const { output, executionArn, name } = await run("context");
    expect(JSON.parse(output ?? "").Payload.got).toEqual({
      id: executionArn,
      name,
      start: expect.stringMatching(/^\d{4}-.*Z$/),
      machine: arnOf("context"),
      state: "Work",
      entered: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test("may invoke a function by its ARN", async () => {
    expect((await run("direct", { a: 1 })).output).toBe('{"got":{"a":1}}');
  });

  test("retries what its Retry names, and counts", async () => {
    fault("throttle", 1);
    fault("kill", 1);
    const { status, output, executionArn } = await run("careful", { throws: "" });
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output ?? "").worked.Payload.got.retry).toBe(2);
    const retried = events.filter(
      ({ type, execution }) => type === "stateRetried" && execution.arn === executionArn,
    );
    expect(retried).toMatchObject([
      { error: "Lambda.TooManyRequestsException" },
      { error: "Runtime.ExitError" },
    ]);
  });

  test("gives up after the attempts it has, and catches", async () => {
    fault("throttle", 3);
    const { status, output } = await run("careful", { throws: "" });
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output ?? "").error.Error).toBe("Lambda.TooManyRequestsException");
  });

  test("gives Retry and Catch the function's error as AWS does, and ends in the named Fail state", async () => {
    const { status, error, cause } = await run("careful", { throws: "Rejected" });
    expect({ status, error }).toEqual({ status: "FAILED", error: "ImageRejected" });
    expect(JSON.parse(cause ?? "")).toEqual({
      errorType: "Rejected",
      errorMessage: "because",
      trace: expect.arrayContaining(["Rejected: because"]),
    });
  });

  test("holds a state to its TimeoutSeconds", async () => {
    const { status, output } = await run("hasty");
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output ?? "")).toMatchObject({ Error: "States.Timeout" });
  });

  test("fails for good on a result that is too large for a state", async () => {
    const { status, error } = await run("large");
    expect({ status, error }).toEqual({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test("runs functions inside of a Map", async () => {
    const { output } = await run("mapped", { items: [1, 2] });
    expect(JSON.parse(output ?? "").map((each: { Payload: unknown }) => each.Payload)).toEqual([
      { got: { item: 1 } },
      { got: { item: 2 } },
    ]);
  });

  test("publishes to a topic, whose queues hear of it", async () => {
    expect((await run("telling", { what: "done" })).status).toBe("SUCCEEDED");
    const { body } = await callJson(engine.endpoint, "sqs", "AmazonSQS.ReceiveMessage", {
      QueueUrl: engine.outputs.queue,
      WaitTimeSeconds: 5,
    });
    expect(JSON.stringify(body)).toContain(JSON.stringify('{"what":"done"}'));
  });

  test("can be stopped", async () => {
    const executionArn = await start("waiting");
    await engine.states.send(new StopExecutionCommand({ executionArn, error: "Enough", cause: "of this" }));
    expect(await ended(executionArn)).toMatchObject({ status: "ABORTED", error: "Enough", cause: "of this" });
    expect((await historyOf(executionArn)).at(-1)?.type).toBe("ExecutionAborted");
  });
});

describe("the history", () => {
  test("tells what happened, in the order and words of AWS", async () => {
    fault("throttle", 1);
    const { executionArn = "" } = await run("careful", { throws: "Rejected" });
    const history = await historyOf(executionArn);
    expect(history.map(({ type }) => type)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskFailed",
      "TaskScheduled",
      "TaskStarted",
      "TaskFailed",
      "TaskStateExited",
      "ChoiceStateEntered",
      "ChoiceStateExited",
      "FailStateEntered",
      "ExecutionFailed",
    ]);
    expect(history.map(({ id }) => id)).toEqual(history.map((_, index) => index + 1));
    expect(history[1]?.stateEnteredEventDetails).toMatchObject({
      name: "Work",
      input: '{"throws":"Rejected"}',
    });
    expect(history[7]?.taskFailedEventDetails).toMatchObject({
      resourceType: "lambda",
      resource: "invoke",
      error: "Rejected",
    });
    expect(history.at(-1)?.executionFailedEventDetails?.error).toBe("ImageRejected");
    expect(history[0]?.timestamp).toBeInstanceOf(Date);
  });

  test("tells of a timeout", async () => {
    const { executionArn = "" } = await run("hasty");
    expect((await historyOf(executionArn)).map(({ type }) => type)).toContain("TaskTimedOut");
  });

  test("can be read backwards and page by page", async () => {
    const { executionArn = "" } = await run("quick");
    const all = (await historyOf(executionArn)).map(({ type }) => type);
    const backwards = (await historyOf(executionArn, { reverseOrder: true })).map(({ type }) => type);
    expect(backwards).toEqual(all.toReversed());
    const page = await engine.states.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1 }));
    const rest = await historyOf(executionArn, { nextToken: page.nextToken });
    expect([...(page.events ?? []), ...rest].map(({ type }) => type)).toEqual(all);
  });
});

describe("starting", () => {
  const startOnce = (input: object) => start("waiting", input, "same-name");

  test("again under the same name with the same input answers with the execution that runs", async () => {
    const first = await startOnce({ a: 1 });
    expect(await startOnce({ a: 1 })).toBe(first);
    await expect(startOnce({ a: 2 })).rejects.toThrow(
      expect.objectContaining({ name: "ExecutionAlreadyExists" }),
    );
    await engine.states.send(new StopExecutionCommand({ executionArn: first }));
    await ended(first);
    await expect(startOnce({ a: 1 })).rejects.toThrow(
      expect.objectContaining({ name: "ExecutionAlreadyExists" }),
    );
    expect(events.filter(({ type }) => type === "startRepeated")).toHaveLength(3);
  });

  test("at the same moment under one name makes one execution", async () => {
    const arns = await Promise.all([1, 2, 3].map(() => start("waiting", {}, "twins")));
    expect(new Set(arns).size).toBe(1);
    await engine.states.send(new StopExecutionCommand({ executionArn: arns[0] }));
  });

  test("EXPRESS never refuses a name", async () => {
    const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:express`;
    const send = () => engine.states.send(new StartExecutionCommand({ stateMachineArn, name: "again" }));
    const [first, second] = [await send(), await send()];
    expect(first.executionArn).not.toBe(second.executionArn);
  });

  test.each(["has space", "a/b", "a:b", "x".repeat(81), "a\u0007"])("refuses the name %j", async (name) => {
    await expect(start("quick", {}, name)).rejects.toThrow(expect.objectContaining({ name: "InvalidName" }));
  });

  test("refuses input that is no JSON, and machines that are not there", async () => {
    const send = (stateMachineArn: string, input: string) =>
      engine.states.send(new StartExecutionCommand({ stateMachineArn, input }));
    await expect(send(arnOf("quick"), "{")).rejects.toThrow(
      expect.objectContaining({ name: "InvalidExecutionInput" }),
    );
    await expect(send("arn:nothing", "{}")).rejects.toThrow(
      expect.objectContaining({ name: "StateMachineDoesNotExist" }),
    );
  });
});

test("executions are listed newest first, by status, page by page", async () => {
  const before = [
    await run("direct", { n: 1 }),
    await run("direct", { n: 2 }),
    await run("direct", { throws: "X" }),
  ];
  const arns = before.map(({ executionArn }) => executionArn).reverse();
  const list = (rest: object = {}) =>
    engine.states.send(new ListExecutionsCommand({ stateMachineArn: arnOf("direct"), ...rest }));
  const all = (await list()).executions?.map(({ executionArn }) => executionArn) ?? [];
  expect(all.slice(0, 3)).toEqual(arns);
  expect((await list({ statusFilter: "FAILED" })).executions).toMatchObject([
    { executionArn: arns[0], status: "FAILED" },
  ]);
  const first = await list({ maxResults: 2 });
  const second = await list({ nextToken: first.nextToken });
  expect(
    [...(first.executions ?? []), ...(second.executions ?? [])].map((each) => each.executionArn),
  ).toEqual(all);
  expect(second.nextToken).toBeUndefined();
});

test("state machines are listed and described", async () => {
  const { stateMachines = [] } = await engine.states.send(new ListStateMachinesCommand());
  expect(stateMachines).toContainEqual(expect.objectContaining({ name: "express", type: "EXPRESS" }));
  const described = await engine.states.send(
    new DescribeStateMachineCommand({ stateMachineArn: arnOf("quick") }),
  );
  expect(JSON.parse(described.definition ?? "")).toEqual(machines.quick);
});

test("an operation that is not there is refused by name", async () => {
  const { status, body } = await callJson(engine.endpoint, "states", "AWSStepFunctions.CreateActivity", {});
  expect(status).toBe(501);
  expect(body.message).toContain("Step Functions does not have CreateActivity");
});

test("executions that only wait, or are going to try again, keep no other from running", async () => {
  const retries = { ErrorEquals: ["States.ALL"], IntervalSeconds: 600, MaxAttempts: 1 };
  const patient = await runStack(
    {
      functions: { worker: { code: WORKER } },
      resource: {
        aws_iam_role: { workflow: roleOf("workflow", "states.amazonaws.com") },
        aws_iam_role_policy: {
          workflow: { role: "${aws_iam_role.workflow.name}", policy: policyOf(EVERYTHING) },
        },
        aws_sfn_state_machine: Object.fromEntries(
          Object.entries({
            patient: { StartAt: "Work", States: { Work: task({}, { Retry: [retries], End: true }) } },
            waiting: machines.waiting,
          }).map(([name, definition]) => [
            name,
            {
              name,
              role_arn: "${aws_iam_role.workflow.arn}",
              definition: JSON.stringify(definition),
              depends_on: ["aws_iam_role_policy.workflow"],
            },
          ]),
        ),
      },
    },
    { retryScale: 1 },
  );
  const begin = (machine: "patient" | "waiting") =>
    patient.states.send(
      new StartExecutionCommand({
        stateMachineArn: arnOf("quick").replace(/quick$/, machine),
        input: "{}",
      }),
    );
  try {
    const many = 2 * (availableParallelism() + 1) + 1;
    patient.faults.add({ target: { service: "lambda", function: "worker" }, kind: "throttle", times: many });
    for (let index = 0; index < many; index++) await Promise.all([begin("patient"), begin("waiting")]);
    const ended = new Promise((resolve) =>
      patient.events.on("execution", (event) => event.type === "ended" && resolve(event.execution.name)),
    );
    const { executionArn } = await begin("patient");
    expect(executionArn).toContain(await ended);
  } finally {
    await patient.stop();
  }
});

describe("a definition is refused", () => {
  const refused = async (definition: unknown, message: RegExp) => {
    const machine = {
      name: "m",
      role_arn: "${aws_iam_role.r.arn}",
      definition: JSON.stringify(definition),
    };
    const aws_iam_role = { r: roleOf("r", "states.amazonaws.com") };
    const starting = runStack({ resource: { aws_iam_role, aws_sfn_state_machine: { m: machine } } });
    await expect(starting).rejects.toThrow(message);
  };

  test("when it asks for a service that is not here", () =>
    refused(
      {
        StartAt: "Put",
        States: { Put: { Type: "Task", Resource: "arn:aws:states:::dynamodb:putItem", End: true } },
      },
      /aws_sfn_state_machine\.m cannot be applied: .*"Put".*dynamodb:putItem/,
    ));

  test("when it is not valid", () =>
    refused(
      { StartAt: "A", States: { A: { Type: "Pass", Next: "Nowhere" } } },
      /aws_sfn_state_machine\.m cannot be applied: /,
    ));

  test("when it uses JSONata", () =>
    refused({ QueryLanguage: "JSONata", StartAt: "A", States: { A: { Type: "Succeed" } } }, /JSONata/));
});
