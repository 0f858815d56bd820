/** When Step Functions tries a state again: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
import type { PipelineDefinition } from "./pipeline-api.ts";

export type Retrier = PipelineDefinition["states"][string]["retry"][number];

/**
 * @param errors with which the tries so far have ended.
 * @returns how long it waits at most, in milliseconds: with jitter it may be less. Undefined when it is not tried again.
 */
export function longestWaitMs(retriers: Retrier[], errors: string[]): number | undefined {
  const last = errors.at(-1);
  if (last === undefined) return undefined;
  const retrier = retrierFor(retriers, last);
  if (retrier === undefined) return undefined;
  // Each retrier counts for itself.
  const failures = errors.filter((error) => retrierFor(retriers, error) === retrier).length;
  if (failures > retrier.maxAttempts) return undefined;
  const seconds = retrier.intervalSeconds * retrier.backoffRate ** (failures - 1);
  return Math.min(seconds, retrier.maxDelaySeconds ?? Number.POSITIVE_INFINITY) * 1000;
}

/** The first that knows the error decides. */
function retrierFor(retriers: Retrier[], error: string): Retrier | undefined {
  return retriers.find(({ errors }) => errors.some((pattern) => isKnownAs(error, pattern)));
}

function isKnownAs(error: string, pattern: string): boolean {
  if (pattern === "States.ALL") return true;
  return pattern === error || (pattern === "States.TaskFailed" && error !== "States.Timeout");
}
