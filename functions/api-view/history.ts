/** An execution's history as a person would tell it: the steps, one after the other. */
import { type HistoryEvent, paginateGetExecutionHistory, SFNServiceException } from "@aws-sdk/client-sfn";
import type { Step } from "../api/contract.ts";
import { isUnknownExecution, sfn } from "../shared/workflow.ts";

export interface History {
  status: string;
  startedAt: string;
  endedAt?: string;
  steps: Step[];
}

/** Step Functions tells so many histories a second, of the whole account: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export class HistoryBusy extends Error {
  override readonly name = "HistoryBusy";
}

/**
 * @returns undefined when Step Functions does not know the execution: it keeps them for 90 days.
 * @throws HistoryBusy
 */
export async function readHistory(executionArn: string): Promise<History | undefined> {
  // EXPRESS executions have their history in the logs only.
  if (executionArn.includes(":express:")) return undefined;
  try {
    return historyIn(await allEvents(executionArn));
  } catch (error) {
    if (isUnknownExecution(error)) return undefined;
    if (error instanceof SFNServiceException && error.name === "ThrottlingException")
      throw new HistoryBusy("Step Functions is asked for too many histories.", { cause: error });
    throw error;
  }
}

async function allEvents(executionArn: string): Promise<HistoryEvent[]> {
  // Inputs and outputs are not for the eyes of the caller.
  const asked = { executionArn, includeExecutionData: false };
  const all: HistoryEvent[] = [];
  for await (const { events = [] } of paginateGetExecutionHistory({ client: sfn, pageSize: 1000 }, asked))
    all.push(...events);
  return all;
}

/** How an execution is called in its own last event, such as `ExecutionTimedOut`. */
const ENDS: Partial<Record<NonNullable<HistoryEvent["type"]>, string>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
};

export function historyIn(events: HistoryEvent[]): History {
  const last = events.at(-1);
  const end = last?.type && ENDS[last.type];
  return {
    status: end ?? "RUNNING",
    startedAt: timeOf(events[0]),
    ...(end && { endedAt: timeOf(last) }),
    steps: stepsIn(events),
  };
}

function timeOf(event: HistoryEvent | undefined): string {
  return (event?.timestamp ?? new Date(0)).toISOString();
}

/** Only the tasks: choices and ends are of no interest to whoever uploaded the image. */
export function stepsIn(events: HistoryEvent[]): Step[] {
  const steps: (Step & { failures: number; startedMs: number })[] = [];
  for (const event of events) {
    const current = steps.at(-1);
    const atMs = (event.timestamp ?? new Date(0)).getTime();
    if (event.type === "TaskStateEntered") {
      steps.push({
        name: event.stateEnteredEventDetails?.name ?? "",
        status: "RUNNING",
        startedAt: new Date(atMs).toISOString(),
        startedMs: atMs,
        retries: 0,
        failures: 0,
      });
    } else if (event.type === "TaskStateExited") {
      // Two may be at work beside each other: only here the event says which.
      const name = event.stateExitedEventDetails?.name;
      const left = steps.findLast((step) => step.name === name && step.status === "RUNNING");
      if (left === undefined) continue;
      // What is left after a failure, and without having succeeded since, was left by its catcher.
      left.status = left.failures > 0 ? "CAUGHT" : "SUCCEEDED";
      left.durationMs = atMs - left.startedMs;
    } else if (event.type === "ParallelStateExited") {
      // What is at work still was ended with the one beside it, or has failed.
      for (const step of steps.filter(({ status }) => status === "RUNNING")) {
        step.status = "CAUGHT";
        step.durationMs = atMs - step.startedMs;
      }
    } else if (current?.status !== "RUNNING") {
    } else if (event.type === "TaskFailed" || event.type === "TaskTimedOut") {
      current.failures += 1;
      current.error = (event.taskFailedEventDetails ?? event.taskTimedOutEventDetails)?.error;
    } else if (event.type === "TaskSucceeded") {
      current.status = "SUCCEEDED";
      current.durationMs = atMs - current.startedMs;
    } else if (event.type?.startsWith("Execution")) {
      current.status = "FAILED";
      current.durationMs = atMs - current.startedMs;
    } else if (event.type === "TaskScheduled" && current.failures > 0) {
      current.retries = current.failures;
    }
  }
  return steps.map(({ failures: _, startedMs: __, ...step }) => step);
}
