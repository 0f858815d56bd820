/** An image's last execution, as lines for a person. */

import type { Attempt } from "../../functions/shared/attempts.ts";
import { executionPage, logPage } from "../../functions/shared/console.ts";
import type { ImageRecord } from "../results.ts";
import { quoted, seconds } from "../text.ts";

export interface Known {
  /** Undefined where nobody knows them any more. */
  attempts: Attempt[] | undefined;
  advice: string | undefined;
  isOnAws: boolean;
  /** The options by which other commands find the same stack. */
  stack: string;
}

const STATE_WIDTH = 15;

export function linesAbout(record: ImageRecord, { attempts, advice, isOnAws, stack }: Known): string[] {
  const { imageId, original, status, lastAttempt, published } = record;
  const { at, execution, rejection, error } = lastAttempt ?? {};
  const lines = [`${original.key}  ${imageId}`, `${status}${at ? ` since ${at}` : ""}`];
  if (rejection) lines.push(`Rejected (${rejection.code}): ${rejection.reason}`);
  if (error) lines.push(`Failed: ${error.name}: ${error.message}`);
  if (published && status !== "PROCESSED") lines.push(`What is shown is of ${published.at}, from before.`);
  if (execution) {
    lines.push("", `Execution ${execution.arn}`);
    if (attempts) lines.push(...attempts.map(lineOf));
    else lines.push("Its history is not there: of EXPRESS it is in the logs only, of others for 90 days.");
    if (isOnAws)
      lines.push(
        ...pagesAbout(
          record,
          execution.arn,
          attempts?.findLast((one) => one.error),
        ),
      );
  }
  if (advice)
    lines.push("", `What to do: ${advice}`, `npm run reprocess -- ${stack}--key ${quoted(original.key)}`);
  return [...lines, ""];
}

function lineOf({ state, startedAt, durationMs, waitedMs, error, message }: Attempt): string {
  const waited = waitedMs === undefined ? "" : `, tried again after ${seconds(waitedMs)}`;
  const took = durationMs === undefined ? "goes on" : seconds(durationMs);
  const failed = error === undefined ? "" : `  ${error}${message ? `: ${message}` : ""}`;
  return `  ${startedAt.toISOString()}  ${state.padEnd(STATE_WIDTH)} ${took}${waited}${failed}`;
}

function pagesAbout({ imageId }: ImageRecord, arn: string, failed: Attempt | undefined): string[] {
  const log = failed && logPage(arn, failed.state, imageId, failed.startedAt);
  return [executionPage(arn), ...(log ? [log] : [])];
}
