/** State machines for the tests of a file, and what can be asked about their executions. */

import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { expect } from "vitest";
import type { ExecutionEvent } from "../events.ts";
import {
  ACCOUNT,
  EVERYTHING,
  functionArn,
  policyOf,
  REGION,
  roleOf,
  sharedEngine,
} from "./engine-support.ts";

export const WORKER = `
export async function handler(event) {
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  if (event.throws) throw Object.assign(new Error("because"), { name: event.throws });
  if (event.answerBytes) return "x".repeat(event.answerBytes);
  return { got: event };
}`;

export const task = (payload: object, rest: object = { End: true }) => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName: functionArn("worker"), Payload: payload },
  ...rest,
});

export const machines = {
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
  plain: {
    StartAt: "Work",
    States: {
      Work: task({}, { Parameters: { FunctionName: functionArn("worker"), "Payload.$": "$" }, End: true }),
    },
  },
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
};

export const arnOf = (machine: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${machine}`;

/** The resources of state machines that may do everything. */
export const machineResources = (definitions: Record<string, object>) => ({
  aws_iam_role: { workflow: roleOf("workflow", "states.amazonaws.com") },
  aws_iam_role_policy: {
    workflow: { role: "${aws_iam_role.workflow.name}", policy: policyOf(EVERYTHING) },
  },
  aws_sfn_state_machine: Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      {
        name,
        role_arn: "${aws_iam_role.workflow.arn}",
        definition: JSON.stringify(definition),
        depends_on: ["aws_iam_role_policy.workflow"],
        ...(name === "express" && { type: "EXPRESS" }),
      },
    ]),
  ),
});

/** To be called outside of the tests. */
export async function startMachines() {
  const engine = await sharedEngine({
    functions: { worker: { code: WORKER, timeout: 30, memory_size: 512 } },
    resource: machineResources({ ...machines, express: machines.quick }),
  });
  const events: ExecutionEvent[] = [];
  engine.events.on("execution", (event) => events.push(event));
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
    await expect.poll(async () => (await describeExecution(executionArn)).status).not.toBe("RUNNING");
    return describeExecution(executionArn);
  };
  const run = async (machine: keyof typeof machines, input: object = {}) =>
    ended(await start(machine, input));
  const historyOf = async (executionArn: string, rest: object = {}) =>
    (await engine.states.send(new GetExecutionHistoryCommand({ executionArn, ...rest }))).events ?? [];
  const fault = (kind: "throttle" | "kill" | "service-exception", times: number) =>
    engine.faults.add({ target: { service: "lambda", function: "worker" }, kind, times });
  return { engine, events, start, ended, run, historyOf, fault };
}
