import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { describe, expect, test } from "vitest";
import { arnOf, startMachines } from "./step-functions-support.ts";

const { engine, events, start, ended, run, historyOf, fault } = await startMachines();

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
      { error: "Lambda.TooManyRequestsException", waitedMs: expect.any(Number) },
      { error: "Runtime.ExitError", waitedMs: expect.any(Number) },
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

  test("can be stopped", async () => {
    const executionArn = await start("waiting");
    await engine.states.send(new StopExecutionCommand({ executionArn, error: "Enough", cause: "of this" }));
    expect(await ended(executionArn)).toMatchObject({ status: "ABORTED", error: "Enough", cause: "of this" });
    expect((await historyOf(executionArn)).at(-1)?.type).toBe("ExecutionAborted");
  });
});
