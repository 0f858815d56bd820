/** The attempts of an execution at each of its steps, with what they waited for. */
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { messageIn } from "./errors.ts";

export interface Attempt {
  state: string;
  /** The id of the event with which that was entered: a state may be come back to. */
  enteredBy: number | undefined;
  startedAt: Date;
  /** Undefined where it goes on. */
  durationMs: number | undefined;
  /** After the failure before it. */
  waitedMs: number | undefined;
  error: string | undefined;
  message: string | undefined;
}

export function attemptsIn(events: HistoryEvent[]): Attempt[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  const attempts: Attempt[] = [];
  for (const event of events) {
    const at = event.timestamp ?? new Date(0);
    if (event.type === "TaskScheduled") {
      const { state, enteredBy } = stateOf(event, byId);
      const before = attempts.findLast((attempt) => attempt.state === state);
      const waited = before?.durationMs === undefined ? undefined : msBetween(endOf(before), at);
      attempts.push({
        state,
        enteredBy,
        startedAt: at,
        durationMs: undefined,
        waitedMs: before?.error === undefined ? undefined : waited,
        error: undefined,
        message: undefined,
      });
    } else if (
      event.type === "TaskSucceeded" ||
      event.type === "TaskFailed" ||
      event.type === "TaskTimedOut"
    ) {
      const { state } = stateOf(event, byId);
      const attempt = attempts.findLast((one) => one.state === state && one.durationMs === undefined);
      if (attempt === undefined) continue;
      const failure = event.taskFailedEventDetails ?? event.taskTimedOutEventDetails;
      attempt.durationMs = msBetween(attempt.startedAt, at);
      attempt.error = failure?.error;
      attempt.message = failure && messageIn(failure.cause ?? "");
    }
  }
  return attempts;
}

/** Two states may be at work beside each other: each event names the one before it in its own. */
function stateOf(
  event: HistoryEvent,
  byId: Map<number | undefined, HistoryEvent>,
): Pick<Attempt, "state" | "enteredBy"> {
  for (let at: HistoryEvent | undefined = event; at; at = byId.get(at.previousEventId))
    if (at.type === "TaskStateEntered")
      return { state: at.stateEnteredEventDetails?.name ?? "", enteredBy: at.id };
  return { state: "", enteredBy: undefined };
}

function endOf({ startedAt, durationMs = 0 }: Attempt): Date {
  return new Date(startedAt.getTime() + durationMs);
}

function msBetween(from: Date, to: Date): number {
  return to.getTime() - from.getTime();
}
