/** The Step Functions API, as far as one looks at executions with it: start, stop, list, describe, history. */

import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { ExecutionEvent } from "../../events.ts";
import { jsonService, readInput } from "../../http/aws-json.ts";
import { ServiceError } from "../../http/errors.ts";
import type { ServiceApi, ServiceDescription } from "../../http/service.ts";
import type { Access } from "../../iam/index.ts";
import { parsedJson } from "../../json.ts";
import type { Execution, Machine } from "./execution.ts";
import type { ExecutionStore } from "./store.ts";

export interface StatesContext {
  machines: Map<string, Machine>;
  executions: ExecutionStore;
  start(machine: Machine, name: string, input: string): Execution;
  onEvent(event: ExecutionEvent): void;
}

type Operation = (input: unknown, context: StatesContext) => object;

const OPERATIONS: Record<string, Operation> = {
  StartExecution: startExecution,
  StopExecution: stopExecution,
  DescribeExecution: (input, { executions }) => described(executionIn(input, executions)),
  ListExecutions: listExecutions,
  GetExecutionHistory: getExecutionHistory,
  DescribeStateMachine: (input, context) => describedMachine(machineIn(input, context)),
};

export const STEP_FUNCTIONS: ServiceDescription = {
  name: "states",
  title: "Step Functions",
  operations: Object.keys(OPERATIONS).sort(),
};

export function stepFunctionsApi(context: StatesContext): ServiceApi {
  const operations = Object.entries(OPERATIONS).map(([name, perform]) => [
    name,
    (input: unknown) => perform(input, context),
  ]);
  return jsonService(STEP_FUNCTIONS, {
    target: "AWSStepFunctions",
    operations: Object.fromEntries(operations),
    permissionsFor,
  });
}

const arnInput = z.object({ stateMachineArn: z.string().optional(), executionArn: z.string().optional() });

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html */
function permissionsFor(operation: string, input: unknown): Access[] | undefined {
  const action = `states:${operation}`;
  const { data } = arnInput.safeParse(input);
  const isOfMachine = ["DescribeStateMachine", "ListExecutions", "StartExecution"].includes(operation);
  const resource = isOfMachine ? data?.stateMachineArn : data?.executionArn;
  return resource === undefined ? undefined : [{ action, resource }];
}

const startInput = z.object({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default("{}"),
});

/** Names may not hold these: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what AWS refuses
const FORBIDDEN_IN_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

function startExecution(input: unknown, context: StatesContext): object {
  const wanted = readInput(startInput, input);
  const machine = machineIn(input, context);
  const name = wanted.name ?? randomUUID();
  if (name.length < 1 || name.length > 80 || FORBIDDEN_IN_NAME.test(name)) {
    throw new ServiceError("InvalidName", `Invalid Name: '${name}'`);
  }
  if (parsedJson(wanted.input) === undefined) {
    throw new ServiceError("InvalidExecutionInput", "Invalid State Machine Execution Input: it is not JSON");
  }
  if (machine.type === "STANDARD") {
    const arn = `${machine.arn.replace(":stateMachine:", ":execution:")}:${name}`;
    const earlier = context.executions.get(arn);
    if (earlier) context.onEvent({ type: "startRepeated", execution: earlier });
    if (earlier && !earlier.end && earlier.input === wanted.input) return started(earlier);
    if (context.executions.wasUsed(arn)) {
      throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
  }
  return started(context.start(machine, name, wanted.input));
}

const stopInput = z.object({
  executionArn: z.string(),
  error: z.string().optional(),
  cause: z.string().optional(),
});

function stopExecution(input: unknown, { executions }: StatesContext): object {
  const { error, cause } = readInput(stopInput, input);
  executionIn(input, executions).abort(error, cause);
  return { stopDate: seconds(new Date()) };
}

const pageInput = z.object({
  maxResults: z.number().int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
});

const listInput = pageInput.extend({ stateMachineArn: z.string(), statusFilter: z.string().optional() });

function listExecutions(input: unknown, context: StatesContext): object {
  const { statusFilter, ...page } = readInput(listInput, input);
  const machine = machineIn(input, context);
  const matching = context.executions
    .newestFirst()
    .filter((each) => each.machine === machine && (!statusFilter || each.status === statusFilter));
  const { items, nextToken } = pageOf(matching, page, 100);
  return { executions: items.map(summaryOf), ...nextToken };
}

const historyInput = pageInput.extend({ executionArn: z.string(), reverseOrder: z.boolean().default(false) });

function getExecutionHistory(input: unknown, { executions }: StatesContext): object {
  const { reverseOrder, ...page } = readInput(historyInput, input);
  const { events } = executionIn(input, executions).history;
  const { items, nextToken } = pageOf(reverseOrder ? events.toReversed() : events, page, 100);
  return { events: items, ...nextToken };
}

function pageOf<T>(all: readonly T[], page: z.infer<typeof pageInput>, usual: number) {
  const from = page.nextToken === undefined ? 0 : Number(page.nextToken);
  if (!Number.isInteger(from) || from < 0) throw new ServiceError("InvalidToken", "Invalid Token");
  const to = from + (page.maxResults || usual);
  return { items: all.slice(from, to), nextToken: to < all.length ? { nextToken: String(to) } : {} };
}

function machineIn(input: unknown, { machines }: StatesContext): Machine {
  const { stateMachineArn } = readInput(z.object({ stateMachineArn: z.string() }), input);
  const machine = machines.get(stateMachineArn);
  if (machine) return machine;
  throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${stateMachineArn}'`);
}

function executionIn(input: unknown, executions: ExecutionStore): Execution {
  const { executionArn } = readInput(z.object({ executionArn: z.string() }), input);
  const execution = executions.get(executionArn);
  if (execution) return execution;
  throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${executionArn}'`);
}

function started({ arn, startedAt }: Execution): object {
  return { executionArn: arn, startDate: seconds(startedAt) };
}

function summaryOf(execution: Execution): object {
  const { arn, machine, name, status, startedAt, endedAt } = execution;
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: seconds(startedAt),
    ...(endedAt && { stopDate: seconds(endedAt) }),
  };
}

function described(execution: Execution): object {
  const { status: _, ...result } = execution.end ?? { status: "RUNNING" };
  return {
    ...summaryOf(execution),
    input: execution.input,
    inputDetails: { included: true },
    ...result,
    ...("output" in result && { outputDetails: { included: true } }),
    redriveCount: execution.redriveCount,
  };
}

function describedMachine({ arn, name, type, createdAt, text, roleArn }: Machine): object {
  const creationDate = seconds(createdAt);
  return { stateMachineArn: arn, name, type, creationDate, status: "ACTIVE", definition: text, roleArn };
}

function seconds(date: Date): number {
  return date.getTime() / 1000;
}
