import { availableParallelism } from "node:os";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { expect, test } from "vitest";
import { functionArn, runStack, temporaryEngine } from "./engine-support.ts";
import { arnOf, machineResources, machines, task, WORKER } from "./step-functions-support.ts";

test("executions that only wait, or are going to try again, keep no other from running", async () => {
  const retries = { ErrorEquals: ["States.ALL"], IntervalSeconds: 600, MaxAttempts: 1 };
  const definition = { StartAt: "Work", States: { Work: task({}, { Retry: [retries], End: true }) } };
  const { states, faults, events } = await temporaryEngine(
    {
      functions: { worker: { code: WORKER } },
      resource: machineResources({ patient: definition, waiting: machines.waiting }),
    },
    { retryScale: 1 },
  );
  const begin = (machine: "patient" | "waiting") =>
    states.send(new StartExecutionCommand({ stateMachineArn: arnOf(machine), input: "{}" }));
  const many = 2 * (availableParallelism() + 1) + 1;
  faults.add({ target: { service: "lambda", function: "worker" }, kind: "throttle", times: many });
  for (let index = 0; index < many; index++) await Promise.all([begin("patient"), begin("waiting")]);
  const ended = new Promise((resolve) =>
    events.on("execution", (event) => event.type === "ended" && resolve(event.execution.name)),
  );
  const { executionArn } = await begin("patient");
  expect(executionArn).toContain(await ended);
});

test.each([
  [
    "asks for a service that is not here",
    {
      StartAt: "Put",
      States: { Put: { Type: "Task", Resource: "arn:aws:states:::dynamodb:putItem", End: true } },
    },
    /aws_sfn_state_machine\.m cannot be applied: .*"Put".*dynamodb:putItem/,
  ],
  [
    "invokes a function by its ARN alone",
    { StartAt: "A", States: { A: { Type: "Task", Resource: functionArn("worker"), End: true } } },
    /"A" asks for arn:aws:lambda/,
  ],
  [
    "has a Map",
    {
      StartAt: "A",
      States: {
        A: {
          Type: "Map",
          ItemProcessor: { StartAt: "B", States: { B: { Type: "Succeed" } } },
          End: true,
        },
      },
    },
    /"A" is a Map/,
  ],
  [
    "is not valid",
    { StartAt: "A", States: { A: { Type: "Pass", Next: "Nowhere" } } },
    /aws_sfn_state_machine\.m cannot be applied: /,
  ],
  ["uses JSONata", { QueryLanguage: "JSONata", StartAt: "A", States: { A: { Type: "Succeed" } } }, /JSONata/],
])("a definition is refused when it %s", async (_, definition, message) => {
  await expect(runStack({ resource: machineResources({ m: definition }) })).rejects.toThrow(message);
});
