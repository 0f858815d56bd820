/** What Step Functions knows of an execution. */
import { type HistoryEvent, paginateGetExecutionHistory } from "@aws-sdk/client-sfn";
import { isUnknownExecution, sfn } from "../shared/workflow.ts";

export interface ExecutionSpan {
  status: string;
  startedAt: string;
  endedAt?: string;
}

/**
 * Step Functions tells so many histories a second, of the whole account, and refuses others as throttled: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 * @param withData what states were given, and gave. It is not for the eyes of whoever uploaded the image.
 * @returns undefined when it does not know the execution: it keeps STANDARD ones for 90 days, and EXPRESS ones are in the logs only.
 */
export async function readEvents(
  executionArn: string,
  { withData }: { withData: boolean },
): Promise<HistoryEvent[] | undefined> {
  if (executionArn.includes(":express:")) return undefined;
  const asked = { executionArn, includeExecutionData: withData };
  const all: HistoryEvent[] = [];
  try {
    for await (const { events = [] } of paginateGetExecutionHistory({ client: sfn, pageSize: 1000 }, asked))
      all.push(...events);
    return all;
  } catch (error) {
    if (isUnknownExecution(error)) return undefined;
    throw error;
  }
}

/** How an execution is called in its own last event, such as `ExecutionTimedOut`. */
const ENDS: Partial<Record<NonNullable<HistoryEvent["type"]>, string>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
};

export function spanOf(events: HistoryEvent[]): ExecutionSpan {
  const last = events.at(-1);
  const end = last?.type && ENDS[last.type];
  return {
    status: end ?? "RUNNING",
    startedAt: timeOf(events[0]),
    ...(end && { endedAt: timeOf(last) }),
  };
}

export function timeOf(event: HistoryEvent | undefined): string {
  return (event?.timestamp ?? new Date(0)).toISOString();
}
