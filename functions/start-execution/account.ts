/** What the account lets run at a time. */
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { logger } from "../shared/step.ts";

const lambda = new LambdaClient();
let known: Promise<number | undefined> | undefined;

/** @returns undefined where nobody says: the setting alone counts then. Asked once in the life of a process. */
export function functionsAtATime(): Promise<number | undefined> {
  known ??= lambda.send(new GetAccountSettingsCommand()).then(
    ({ AccountLimit }) => AccountLimit?.UnreservedConcurrentExecutions,
    (error: unknown) => {
      logger.warn("How many functions the account can run at a time is not known", { error });
      return undefined;
    },
  );
  return known;
}
