/** Step Functions on this machine: state machines, their executions, and the API that shows them. */

import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import * as z from "zod";
import type { EngineContext } from "../../context.ts";
import type { ExecutionEvent } from "../../events.ts";
import type { Service } from "../../http/service.ts";
import { assertAssumable } from "../../stack/policies.ts";
import { type Apply, emulated } from "../../stack/resource.ts";
import type { Invoke } from "../lambda/index.ts";
import { stepFunctionsApi } from "./api.ts";
import { allStates, readDefinition } from "./definition.ts";
import { Execution, type ExecutionSettings, type Machine } from "./execution.ts";
import { KeptExecutions } from "./kept.ts";
import { ExecutionStore } from "./store.ts";
import { type InvokeAsRole, taskFor } from "./tasks.ts";

export { STEP_FUNCTIONS } from "./api.ts";

/**
 * Executions that run at a time; the others wait. More would only wait inside of their states, where the time-outs of
 * the states run.
 */
const maxRunning = 2 * (availableParallelism() + 1);

const machineSchema = z.object({
  name: z.string(),
  definition: z.string(),
  role_arn: z.string(),
  type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
});

export function createStepFunctions(context: EngineContext, invoke: Invoke): Service {
  const { region, accountId, retryScale, permissions } = context;
  const onEvent = (event: ExecutionEvent) => context.events.emit("execution", event);
  const machines = new Map<string, Machine>();
  const kept = new KeptExecutions(context.storage);
  const executions = new ExecutionStore(maxRunning, kept);
  const prefix = `arn:aws:states:${region}:${accountId}`;

  function start(machine: Machine, name: string, input: string): Execution {
    const arn =
      machine.type === "EXPRESS"
        ? `${prefix}:express:${machine.name}:${name}:${randomUUID()}`
        : `${prefix}:execution:${machine.name}:${name}`;
    return add(machine, { arn, name, input });
  }

  function add(
    machine: Machine,
    execution: Pick<ExecutionSettings, "arn" | "name" | "input" | "earlier">,
  ): Execution {
    const historyFile = kept.historyFile(execution.arn);
    const added = new Execution({ ...execution, machine, region, historyFile, onEvent });
    if (!added.end) onEvent({ type: "started", execution: added });
    executions.add(added);
    return added;
  }

  /** A state that was cut off cannot go on in its middle, so what had not ended begins anew, under its own name. */
  async function resume(): Promise<void> {
    for (const record of kept.takeEarlier(({ machineArn }) => machines.has(machineArn))) {
      const machine = machines.get(record.machineArn);
      const redriveCount = record.redriveCount + (record.ended ? 0 : 1);
      if (machine) add(machine, { ...record, earlier: { ...record, redriveCount } });
    }
  }

  const stateMachine: Apply<typeof machineSchema> = (settings, stack) => {
    const { name, definition: text, role_arn: roleArn, type } = settings;
    const arn = `${prefix}:stateMachine:${name}`;
    assertAssumable(stack, roleArn, {
      service: "states.amazonaws.com",
      arn,
      words:
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
    });
    const definition = readDefinition(text, retryScale);
    const role = permissions.session(roleArn, name);
    const invokeAsRole: InvokeAsRole = (functionNameOrArn, event) => invoke(functionNameOrArn, event, role);
    const tasks = new Map(
      allStates(definition).flatMap(([state, { Type, ...rest }]) =>
        Type === "Task" && "Resource" in rest ? [[state, taskFor(state, rest.Resource, invokeAsRole)]] : [],
      ),
    );
    machines.set(arn, { name, arn, roleArn, type, text, definition, tasks, createdAt: new Date() });
    return { id: arn, arn, name };
  };

  return {
    apis: [stepFunctionsApi({ machines, executions, start, onEvent })],
    resources: { aws_sfn_state_machine: emulated(machineSchema, stateMachine) },
    resume,
    stop: () => executions.stop(),
  };
}
