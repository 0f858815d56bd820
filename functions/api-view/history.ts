/** An execution's history as a person would tell it: the steps, one after the other. */
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import type { Step } from "../api/contract.ts";
import { type ExecutionSpan, readEvents, spanOf } from "../api/execution-events.ts";

/** @returns undefined where nobody knows it any more. */
export async function readHistory(
  executionArn: string,
): Promise<(ExecutionSpan & { steps: Step[] }) | undefined> {
  const events = await readEvents(executionArn, { withData: false });
  return events && { ...spanOf(events), steps: stepsIn(events) };
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
