/**
 * Ends what no execution will end any more: records that say PROCESSING, whose execution was aborted, ran out of time, could
 * not record how it ended, or never began. EventBridge tells of executions that end badly; a schedule looks for the rest, and for
 * images whose time is over.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import middy from "@middy/core";
import { outcomeOf } from "../record-metadata/outcome.ts";
import { clearUp, deleteFilesOf, record } from "../record-metadata/record.ts";
import { tell, tellOwner } from "../record-metadata/tell.ts";
import { type ImageRecord, lastVersion } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import { caughtIn, type State } from "../shared/state.ts";
import { logger } from "../shared/step.ts";
import { needingAttention, readRecord } from "../shared/table.ts";
import { Throttled, throttledOr } from "../shared/throttled.ts";
import { isUnknownExecution, sfn } from "../shared/workflow.ts";
import { type BadEnd, badEndIn } from "./event.ts";
import { deleteExpired } from "./expired.ts";

const tableName = environmentVariable("METADATA_TABLE");
const originalBucket = environmentVariable("ORIGINAL_BUCKET");

const MINUTE_MS = 60_000;
/** EXPRESS executions last five minutes at most, and an event that is tried again comes sooner than this. */
const STUCK_AFTER_MINUTES = 10;

export const handler = middy<unknown>()
  .use(injectLambdaContext(logger))
  .handler(async (event, { getRemainingTimeInMillis }) => {
    const told = badEndIn(event);
    if (told !== undefined) {
      const { image, executionArn: arn, name, startDate } = told;
      await reconcile(image.imageId, told);
      // Where it was overtaken, or its image is gone, it may not have come to that.
      return deleteFilesOf(image, { arn, name, startedAt: new Date(startDate).toISOString() });
    }
    const hasTime = () => getRemainingTimeInMillis() > REST_MS;
    const results = await Promise.allSettled([look(hasTime), deleteExpired(hasTime)]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  });

/** For what is being done when time is over. What is left is done in five minutes. */
const REST_MS = 10_000;

/** One of each shard at a time. */
async function look(hasTime: () => boolean): Promise<void> {
  const before = stuckBefore();
  const failures: unknown[] = [];
  let isRefused = false;
  const lookThrough = async (imageIds: AsyncGenerator<string>) => {
    for await (const imageId of imageIds) {
      if (!hasTime() || isRefused) break;
      await reconcile(imageId).catch((error: unknown) => {
        // Step Functions describes 15 executions a second, and others ask too.
        isRefused ||= throttledOr(error) instanceof Throttled;
        if (isRefused)
          return logger.warn("The rest is looked at later: too much is asked for now", { error });
        logger.error("This could not be put right; it is tried again", { imageId, error });
        failures.push(error);
      });
    }
  };
  await Promise.all(needingAttention(tableName, "PROCESSING", { before }).map(lookThrough));
  // An alarm tells of it.
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} images stay as they are.`);
}

function stuckBefore(): Date {
  return new Date(Date.now() - STUCK_AFTER_MINUTES * MINUTE_MS);
}

/** @param told may know sooner how it ended than Step Functions says. */
async function reconcile(imageId: string, told?: BadEnd): Promise<void> {
  const seen = await readRecord(tableName, imageId);
  const image = seen && lastVersion(seen, originalBucket);
  if (seen?.lastAttempt?.status !== "PROCESSING" || image === undefined) return;
  const { execution: attempted, at: startedAt } = seen.lastAttempt;
  const error = told?.executionArn === attempted.arn ? errorIn(told) : await endOf(seen, attempted.arn);
  if (error === undefined) return;
  const { attempt, ...ended } = outcomeOf({ image, error }, { ...attempted, startedAt }, new Date());
  // In which state it was, nobody says.
  delete attempt.error?.state;
  const outcome = { ...ended, attempt, mayHaveFiles: true };
  // First: what is recorded already is not looked at again, and would be told to nobody if this failed.
  await tell(outcome, originalBucket);
  const written = await record(outcome, "is under way in this execution");
  const isRecorded = written.what === "recorded";
  await Promise.all([isRecorded && tellOwner(outcome), clearUp(outcome, written)]);
  if (!isRecorded) return;
  logger.warn("Recorded as failed: its execution ended without doing so", { imageId, ...error });
}

/** How the attempt ended that a record waits for. Undefined while it runs, and where it has recorded that itself meanwhile. */
async function endOf({ imageId, updatedAt }: ImageRecord, executionArn: string): Promise<State["error"]> {
  // It was asked for since another one ended, or was found. It may not have begun: nobody would know it.
  if (updatedAt > stuckBefore().toISOString()) return undefined;
  const end = await described(executionArn);
  return end && (await readRecord(tableName, imageId))?.updatedAt === updatedAt ? end : undefined;
}

/** Undefined while it runs. */
async function described(executionArn: string): Promise<State["error"]> {
  try {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status === "RUNNING" || execution.status === "PENDING_REDRIVE"
      ? undefined
      : errorIn(execution);
  } catch (error) {
    if (!isUnknownExecution(error)) throw error;
    return {
      Error: "Execution.Lost",
      Cause: "The execution was to run, and nothing is known of how it ended.",
    };
  }
}

const UNSAID: Record<string, string> = {
  ABORTED: "The execution was stopped.",
  TIMED_OUT: "The execution took longer than it may.",
};

function errorIn({
  status,
  error,
  cause,
}: Pick<BadEnd, "error" | "cause"> & { status?: string | undefined }) {
  return (
    caughtIn(cause ?? "") ?? {
      Error: error ?? `Execution.${status}`,
      Cause: cause || (status && UNSAID[status]) || "",
    }
  );
}
