/** What an operator does about an image that could not be processed: docs/runbook.md says more. */

/** @param error its name, as Step Functions has it. @returns a sentence. */
export function adviceFor(error: string): string {
  return ADVICE.find(({ errors }) => errors.test(error))?.advice ?? OTHERWISE;
}

const ADVICE = [
  {
    errors: /^(Runtime\.ExitError|Lambda\.Unknown|Runtime\.OutOfMemory|States\.Timeout|Sandbox\.Timedout)/,
    advice:
      "The function ran out of memory or time. If it is more than this one image, raise memoryMb of that function (that is processor time, too), or lower limits; then process it again.",
  },
  {
    // Of steps (throttled.ts), of Lambda itself, and of services that were asked elsewhere.
    errors:
      /^(Lambda\.(TooManyRequests|E[Cc]2Throttled|E[Nn][Ii]|Subnet)|Throttl|TooManyRequests|ProvisionedThroughput|RequestLimitExceeded|SlowDown)/,
    advice:
      "It was refused for too long, because too much runs at once. Lower concurrency, or have AWS raise the quota; then process it again.",
  },
  {
    errors: /^ExpiredToken/,
    advice:
      "It waited for longer than the hour for which an execution may read its original, because too much ran at once. Process it again.",
  },
  {
    errors: /^(AccessDenied|KMS)/,
    advice:
      "Something may not be done any more that could be done before. Look at what changed last: a deployment, a key, a policy of the organization; then process it again.",
  },
  {
    errors: /^Execution\./,
    advice:
      "Its execution ended without saying how: somebody stopped it, or it never began. Process it again.",
  },
];

const OTHERWISE =
  "If this began with a deployment, go back to the one before; if not, it may have been for that moment only. Process it again, and look at the function's log when it fails once more.";
