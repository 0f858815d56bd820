/**
 * Tells whoever watches an image what has just happened to it. The table is only ever appended to, an item of less than a KB for
 * each change, which goes after a day. The record is what counts: a change that could not be told is found there.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { audienceOf, CHANGES_KEY, type Change, type StartedStep } from "./change.ts";
import { environmentVariable } from "./settings.ts";

const KEPT_SECONDS = 24 * 60 * 60;
/** Told beside other work, so that nobody waits for it, unless the table does not answer. */
const PATIENCE_MS = 5000;

const dynamodb = new DynamoDBClient({ maxAttempts: 2 });
const logger = new Logger();

/** Tells an image's owner and whoever operates the pipeline. That this does not work is logged, and nobody's failure. */
export async function tellChange(
  owner: string | undefined,
  { imageId, status, step, failed }: Change,
): Promise<void> {
  const now = new Date();
  const what = step ? `${step.name}.${step.retries}${step.error ? ".error" : ""}` : status;
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: environmentVariable("CHANGES_TABLE"),
        Item: {
          [CHANGES_KEY.hash]: { S: audienceOf({ imageId, owner }) },
          [CHANGES_KEY.range]: { S: `${now.toISOString()}#${imageId}#${what}` },
          imageId: { S: imageId },
          status: { S: status },
          ...(step && { step: { M: stepItem(step) } }),
          ...(failed && { failed: { M: { name: { S: failed.name }, error: { S: failed.error } } } }),
          expiresAt: { N: String(Math.floor(now.getTime() / 1000) + KEPT_SECONDS) },
        },
      }),
      { abortSignal: AbortSignal.timeout(PATIENCE_MS) },
    );
  } catch (error) {
    logger.warn("A change of an image was not told", { imageId, status, what, error });
  }
}

function stepItem({ name, startedAt, retries, error }: StartedStep) {
  return {
    name: { S: name },
    startedAt: { S: startedAt },
    retries: { N: String(retries) },
    ...(error !== undefined && { error: { S: error } }),
  };
}
