/** Told by AWS Budgets that the month has cost what it may: closes sign-up and uploads until the next one. What is there stays readable. */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SNSEvent } from "aws-lambda";
import { close } from "../shared/closing.ts";
import { logger } from "../shared/step.ts";

/** By hand it is invoked with nothing. */
export const handler = middy<Partial<SNSEvent>>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async ({ Records: [record] = [] }) => {
    const told = record?.Sns.Message;
    // AWS Budgets says "the current month", and SNS may deliver that hours later.
    const until = await close(new Date(record?.Sns.Timestamp ?? Date.now()));
    if (until)
      logger.error("The month's budget is used up: sign-up and uploads are closed", {
        until: until.text,
        told,
      });
    else logger.warn("The month that has used up its budget is over: nothing is closed", { told });
  });
