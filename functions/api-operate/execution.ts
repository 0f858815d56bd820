/** An execution for those who run the pipeline: each state with what it was given, what it gave, and its attempts. */
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import type { PipelineExecution } from "../api/contract-pipeline.ts";
import { readEvents, spanOf, timeOf } from "../api/execution-events.ts";
import { adviceFor } from "../shared/advice.ts";
import { type Attempt, attemptsIn } from "../shared/attempts.ts";
import { executionPage, hasConsole, logPage } from "../shared/console.ts";
import type { Attempt as RecordedAttempt } from "../shared/image-record.ts";

/** In characters. An answer of Lambda takes 6 MB; a state takes a quarter of one, and an execution has some ten. */
const LONGEST_JSON = 20_000;

/** @returns undefined when nobody knows it any more. */
export async function readExecution(
  imageId: string,
  { execution: { arn, name }, error }: RecordedAttempt,
): Promise<PipelineExecution | undefined> {
  const events = await readEvents(arn, { withData: true });
  if (events === undefined) return undefined;
  const isOnAws = hasConsole();
  return {
    name,
    ...spanOf(events),
    ...(isOnAws && { consoleUrl: executionPage(arn) }),
    ...(error && { advice: adviceFor(error.name) }),
    states: visitsIn(events, ({ state, startedAt, error: failure }) =>
      isOnAws && failure !== undefined ? logPage(arn, state, imageId, startedAt) : undefined,
    ),
  };
}

type Visit = PipelineExecution["states"][number];

/** States that are at work beside each other are left in any order, each once. */
function visitsIn(events: HistoryEvent[], logUrlOf: (attempt: Attempt) => string | undefined): Visit[] {
  const visits: (Visit & { enteredBy: number | undefined })[] = [];
  for (const event of events) {
    const { stateEnteredEventDetails: entered, stateExitedEventDetails: left } = event;
    if (entered)
      visits.push({
        name: entered.name ?? "",
        enteredAt: timeOf(event),
        ...(entered.input !== undefined && { input: shownState(entered.input) }),
        attempts: [],
        enteredBy: event.id,
      });
    if (!left) continue;
    const visit = visits.findLast((one) => one.name === left.name && one.exitedAt === undefined);
    if (!visit) continue;
    visit.exitedAt = timeOf(event);
    if (left.output !== undefined) visit.output = shownState(left.output);
  }
  for (const attempt of attemptsIn(events)) {
    visits
      .find(({ enteredBy }) => enteredBy === attempt.enteredBy)
      ?.attempts.push(shown(attempt, logUrlOf(attempt)));
  }
  return visits.map(({ enteredBy: _, ...visit }) => visit);
}

function shown(
  { startedAt, durationMs, waitedMs, error, message }: Attempt,
  logUrl: string | undefined,
): Visit["attempts"][number] {
  return {
    startedAt: startedAt.toISOString(),
    ...(durationMs !== undefined && { endedAt: new Date(startedAt.getTime() + durationMs).toISOString() }),
    ...(waitedMs !== undefined && { waitedMs }),
    ...(error !== undefined && { error }),
    ...(message !== undefined && { cause: message }),
    ...(logUrl !== undefined && { logUrl }),
  };
}

/** Without what the execution acts with, which is nobody else's. */
function shownState(text: string): string {
  const state: unknown = JSON.parse(text);
  const hasAccess = typeof state === "object" && state !== null && "access" in state;
  const json = hasAccess ? JSON.stringify({ ...state, access: undefined }) : text;
  return json.length <= LONGEST_JSON ? json : `${json.slice(0, LONGEST_JSON)}…`;
}
