/** The history of an execution, as the log that Step Functions writes of it would have it. */
import { GetExecutionHistoryCommand, type HistoryEvent, type SFNClient } from "@aws-sdk/client-sfn";

export interface HistoryFacts {
  historyEvents: number;
  historyLogBytes: number;
  stateBytes: number;
}

export async function historyFacts(states: SFNClient, executionArn: string): Promise<HistoryFacts> {
  const events = await wholeHistory(states, executionArn);
  const lines = events.map((event) => logLine(event, executionArn));
  return {
    historyEvents: events.length,
    historyLogBytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0),
    stateBytes: Math.max(...events.map(stateBytes)),
  };
}

async function wholeHistory(states: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await states.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true, nextToken }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** One line for each event, at level ALL: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
function logLine(event: HistoryEvent, executionArn: string): string {
  const { id, previousEventId, timestamp, type } = event;
  return JSON.stringify({
    id: String(id),
    type,
    details: detailsOf(event) ?? {},
    redrive_count: "0",
    previous_event_id: String(previousEventId),
    event_timestamp: String(timestamp?.getTime()),
    execution_arn: executionArn,
  });
}

function detailsOf(event: HistoryEvent): unknown {
  return Object.entries(event).find(([name]) => name.endsWith("EventDetails"))?.[1];
}

function stateBytes({
  stateEnteredEventDetails: entered,
  stateExitedEventDetails: exited,
}: HistoryEvent): number {
  return Math.max(Buffer.byteLength(entered?.input ?? ""), Buffer.byteLength(exited?.output ?? ""));
}
