/** What an operator and the clock do once nothing goes wrong any more: dead letters go back, what hangs is ended, what failed is tried again. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ImageRecord, Status } from "../../functions/shared/image-record.ts";
import { askAgain, type History } from "./perform.ts";
import type { Running } from "./running.ts";

export interface Settled {
  deadLetters: number;
  /** Records that waited for reconcile. */
  hanging: number;
  /** What images had failed for, before they were processed again. */
  failures: string[];
}

const MOST_ROUNDS = 10;
const MINUTE_MS = 60_000;
/** After ten, reconcile looks at a record that says PROCESSING. */
const AGED_MINUTES = 11;
const MOVE_LOOK_MS = 20;

export async function settle(running: Running, history: History): Promise<Settled> {
  const settled: Settled = { deadLetters: 0, hanging: 0, failures: [] };
  await drain(running, settled);
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const hanging = await recordsAt("PROCESSING", running);
    settled.hanging += hanging.length;
    await reconcile(hanging, running);
    const failed = await recordsAt("FAILED", running);
    if (failed.length === 0) return settled;
    settled.failures.push(...failed.map(({ lastAttempt }) => lastAttempt?.error?.name ?? "unknown"));
    for (const { original } of failed) {
      history.note(original.key, "it had failed, and is sent to be processed again");
      await askAgain(original.key, running, history);
    }
    await drain(running, settled);
  }
  return settled;
}

async function drain(running: Running, settled: Settled): Promise<void> {
  const { dead_letter_queue_url: deadLetterQueue = "" } = running.engine.outputs;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    await running.idle();
    const waiting = await running.waitingIn(deadLetterQueue);
    if (waiting === 0) return;
    settled.deadLetters += waiting;
    await redrive(deadLetterQueue, running);
  }
}

async function redrive(deadLetterQueue: string, { clients: { sqs } }: Running): Promise<void> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetterQueue, AttributeNames: ["QueueArn"] }),
  );
  const SourceArn = Attributes?.QueueArn;
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  const isMoving = async () => {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
    return Results.some(({ Status }) => Status === "RUNNING");
  };
  while (await isMoving()) await sleep(MOVE_LOOK_MS);
}

async function recordsAt(status: Status, running: Running): Promise<ImageRecord[]> {
  return (await running.records()).filter((record) => record.status === status);
}

/** Lets the time pass after which the schedule looks at these, and has it look. */
async function reconcile(records: ImageRecord[], running: Running): Promise<void> {
  if (records.length === 0) return;
  const { clients, names, engine } = running;
  const then = new Date(Date.now() - AGED_MINUTES * MINUTE_MS).toISOString();
  for (const { imageId } of records)
    await clients.table.send(
      new UpdateCommand({
        TableName: names.table,
        Key: { imageId },
        UpdateExpression: "SET updatedAt = :then",
        ExpressionAttributeValues: { ":then": then },
      }),
    );
  // `<prefix>-workflow` is the state machine beside it.
  const machine = engine.outputs.state_machine_arn?.split(":").at(-1) ?? "";
  await engine.schedules.run(machine.replace(/workflow$/, "reconcile"));
  await running.idle();
}
