/** Overload of what a step uses: S3, DynamoDB, KMS, Rekognition. It is waited out like Lambda's own (statemachine/render.ts). */
import { isThrottlingError } from "@smithy/core/retry";

/** A service refuses for now, and went on doing so while the SDK tried again. */
export class Throttled extends Error {
  override readonly name = "Throttled";
}

/** @returns the error under the one name that the state machine is patient with, where it is overload; or else as it is. */
export function throttledOr(error: unknown): unknown {
  if (!isError(error) || !(isThrottlingError(error) || isUnavailable(error))) return error;
  return new Throttled(`${error.name}: ${error.message}`, { cause: error });
}

type SdkError = Parameters<typeof isThrottlingError>[0];

/** What the SDK's errors have besides may be missing. */
function isError(error: unknown): error is SdkError {
  return error instanceof Error;
}

/** S3 says no more than this where an answer has no body: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function isUnavailable({ $metadata }: SdkError): boolean {
  return $metadata?.httpStatusCode === 503;
}
