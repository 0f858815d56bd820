/** Step Functions on this machine: state machines, their executions, and the API that shows them. */
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { DoorService } from "../../http/endpoint.ts";
import type { Caller, Permissions } from "../../iam/index.ts";
import type { Outcome } from "../lambda/invocation.ts";
import type { TopicMessage } from "../sqs-sns/index.ts";
import { statesApi } from "./api.ts";
import { allStates, DefinitionError, readDefinition } from "./definition.ts";
import type { ExecutionEvent } from "./events.ts";
import { Execution, type Machine } from "./execution.ts";
import { ExecutionStore } from "./store.ts";
import { type Integrations, publicationDenied, taskFor } from "./tasks.ts";

export interface WorkflowsOptions {
  region: string;
  accountId: string;
  permissions: Pick<Permissions, "session">;
  invoke(functionNameOrArn: string, event: string, caller: Caller): Promise<Outcome>;
  publish(topicArn: string, message: TopicMessage): Promise<string>;
  /** What the waits before retries are multiplied by: 1 waits as AWS does, 0 not at all. */
  retryScale: number;
  onEvent(event: ExecutionEvent): void;
}

export interface NewMachine {
  name: string;
  roleArn: string;
  type: "STANDARD" | "EXPRESS";
  /** Amazon States Language. */
  definition: string;
}

export interface Workflows {
  service: DoorService;
  /**
   * Returns its ARN.
   *
   * @throws DefinitionError when the definition cannot be run here.
   */
  createStateMachine(machine: NewMachine): string;
  /** Aborts what runs. */
  stop(): Promise<void>;
}

/**
 * Executions that run at a time; the others wait. More would only wait inside of their states, where the time-outs of
 * the states run.
 */
const maxRunning = 2 * (availableParallelism() + 1);

export function createWorkflows(options: WorkflowsOptions): Workflows {
  const { region, accountId, onEvent } = options;
  const machines = new Map<string, Machine>();
  const executions = new ExecutionStore(maxRunning);
  const prefix = `arn:aws:states:${region}:${accountId}`;

  function start(machine: Machine, name: string, input: string): Execution {
    const arn =
      machine.type === "EXPRESS"
        ? `${prefix}:express:${machine.name}:${name}:${randomUUID()}`
        : `${prefix}:execution:${machine.name}:${name}`;
    const execution = new Execution({ machine, name, arn, input, region, onEvent });
    onEvent({ type: "started", execution });
    executions.add(execution);
    return execution;
  }

  return {
    service: statesApi({ machines, executions, start, onEvent }),
    createStateMachine({ name, roleArn, type, definition: text }) {
      const arn = `${prefix}:stateMachine:${name}`;
      try {
        const definition = readDefinition(text, options.retryScale);
        const integrations = integrationsFor(options.permissions.session(roleArn, name), options);
        const tasks = new Map(
          allStates(definition).flatMap(([state, { Type, ...rest }]) =>
            Type === "Task" && "Resource" in rest
              ? [[state, taskFor(state, rest.Resource, integrations)]]
              : [],
          ),
        );
        machines.set(arn, { name, arn, roleArn, type, text, definition, tasks, createdAt: new Date() });
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        throw new DefinitionError(`The state machine ${name} cannot be run: ${error.message}`);
      }
      return arn;
    },
    stop: () => executions.stop(),
  };
}

/** What a state machine does, it does as its role. */
function integrationsFor(role: Caller, { invoke, publish }: WorkflowsOptions): Integrations {
  return {
    invoke: (functionNameOrArn, event) => invoke(functionNameOrArn, event, role),
    async publish(topicArn, message) {
      const denied = role.forbids({ action: "sns:Publish", resource: topicArn });
      if (denied !== undefined) throw publicationDenied(denied);
      return publish(topicArn, message);
    },
  };
}
