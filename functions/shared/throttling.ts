/** What services say when too much is asked of them: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const THROTTLED =
  /^(Throttl|TooManyRequests|Lambda\.TooManyRequests|ProvisionedThroughput|RequestLimitExceeded|SlowDown)/;

/** @param name of an error, as a service or Step Functions has it. */
export function isThrottling(name: string): boolean {
  return THROTTLED.test(name);
}
