/**
 * Takes upload events from the queue and starts one execution per object version. A message that cannot be
 * handled is reported alone, so that its neighbours in the batch are done and it alone is delivered again.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { environmentVariable } from "../shared/settings.ts";
import type { Image } from "../shared/state.ts";
import { logger } from "../shared/step.ts";
import { isDeleted } from "../shared/storage.ts";
import { markProcessing } from "../shared/table.ts";
import { executionArnOf, startExecution } from "../shared/workflow.ts";
import { executionNameOf, imagesIn } from "./s3-event.ts";

const stateMachineArn = environmentVariable("STATE_MACHINE_ARN");
const tableName = environmentVariable("METADATA_TABLE");

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(async ({ Records: messages }) => {
    const results = await Promise.allSettled(messages.map(startExecutionsFor));
    const failed = messages.filter((message, index) => {
      const result = results[index];
      if (result?.status !== "rejected") return false;
      logger.error("Message could not be handled; it will be delivered again", {
        messageId: message.messageId,
        deliveries: message.attributes.ApproximateReceiveCount,
        error: result.reason,
      });
      return true;
    });
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });

async function startExecutionsFor(message: SQSRecord): Promise<void> {
  const images = imagesIn(message.body);
  if (images.length === 0) logger.info("Nothing to process in this event", { messageId: message.messageId });
  await Promise.all(images.map(start));
}

async function start(image: Image): Promise<void> {
  const name = executionNameOf(image);
  const about = { imageId: image.imageId, bucket: image.bucket, key: image.key, execution: name };
  // Events come late, and more than once: one of an object that is gone must not bring a deleted image back.
  if (await isDeleted(image)) {
    logger.info("The object is not there any more: nothing to process", about);
    return;
  }
  const execution = { arn: executionArnOf(stateMachineArn, name), name };
  await markProcessing(tableName, image, execution, "is new, or of an older version");
  const started = await startExecution(stateMachineArn, name, image);
  if (started) logger.info("Execution started", about);
  else logger.info("This version is being processed, or was: the event is a duplicate", about);
}
