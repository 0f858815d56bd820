import {
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { describe, expect, test } from "vitest";
import { arnOf, machines, startMachines } from "./step-functions-support.ts";

const { engine, events, start, ended, run, historyOf, fault } = await startMachines();

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
    const stateMachineArn = arnOf("express");
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
    await run("plain", { n: 1 }),
    await run("plain", { n: 2 }),
    await run("plain", { throws: "X" }),
  ];
  const arns = before.map(({ executionArn }) => executionArn).reverse();
  const list = (rest: object = {}) =>
    engine.states.send(new ListExecutionsCommand({ stateMachineArn: arnOf("plain"), ...rest }));
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

test("a state machine is described", async () => {
  const described = await engine.states.send(
    new DescribeStateMachineCommand({ stateMachineArn: arnOf("quick") }),
  );
  expect(JSON.parse(described.definition ?? "")).toEqual(machines.quick);
});
