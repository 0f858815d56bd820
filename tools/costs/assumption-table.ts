/** What is taken for granted, with its reason, so that the page and the figures cannot differ. */
import { VCPU_MB } from "../../stacks/fitting.ts";
import {
  ACCESS_LOG_BYTES,
  ACCESS_LOG_DAYS,
  ASSUMED,
  CHANGE_WRITES,
  HANDOVER_MS,
  LIST_INDEXES,
  LIST_WRITES,
  PEAK_FACTOR,
  PLATFORM_LOG_BYTES,
  QUEUE_REQUESTS,
} from "./assumptions.ts";
import { count, table } from "./format.ts";
import { recorded } from "./measured.ts";
import { COLD_BELOW_IMAGES } from "./month.ts";

export function assumptionsTable(): string {
  const { cpuFactor, roundTripMs, bytesPerSecond, coldShare } = ASSUMED;
  return table(
    ["what", "taken for", "why"],
    [
      [
        "a vCPU of Lambda, against a core here",
        cpuFactor === 1 ? "as fast" : `${cpuFactor} times the time`,
        "not measured; x86_64 and arm64 alike",
      ],
      [
        "memory that has a whole vCPU",
        `${count(VCPU_MB)} MB`,
        "[AWS](https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html); less memory has that share of it, and one thread gains nothing by more",
      ],
      [
        "until S3, DynamoDB, Step Functions, STS answer",
        `${roundTripMs.s3}, ${roundTripMs.dynamodb}, ${roundTripMs.states}, ${roundTripMs.sts} ms`,
        "not measured; an image is not worked on meanwhile",
      ],
      [
        "between a function and S3",
        `${count(bytesPerSecond / 1e6)} MB a second`,
        "not measured; AWS promises nothing",
      ],
      [
        "invocations that start a process",
        `${coldShare * 100} %; all of them below ${count(COLD_BELOW_IMAGES)} images a month`,
        "[AWS](https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/) speaks of less than 1 %; INIT is billed",
      ],
      [
        "state transitions",
        "one for each state that is entered",
        "[AWS](https://aws.amazon.com/step-functions/pricing/): each time a step is executed",
      ],
      ["between two states", `${HANDOVER_MS} ms`, "not measured; matters to EXPRESS only"],
      [
        "requests to the queue",
        `${QUEUE_REQUESTS} an image`,
        "sent, received, deleted; a batch of ten images takes 12 instead of 30",
      ],
      [
        "records",
        `keys of them in ${LIST_INDEXES} indexes of the owner, ${LIST_WRITES.processed} writes; in that of what needs attention while they are processed`,
        "what is dropped in the bucket by hand has no owner, and costs a third of the writes; a caption is one more",
      ],
      [
        "progress that is told",
        `${CHANGE_WRITES} writes an image`,
        "each step that begins, and how it ended; a step that is tried again is two more",
      ],
      [
        "traces",
        `${recorded.settings.tracedShare} an image`,
        "of its execution, with the steps in it; as many as the setting `tracedShare` says",
      ],
      [
        "Lambda's own log lines",
        `${PLATFORM_LOG_BYTES} bytes an invocation`,
        "START, END, REPORT; the functions' lines are measured",
      ],
      [
        "access logs",
        `${ACCESS_LOG_BYTES} bytes a request, ${ACCESS_LOG_DAYS} days`,
        "not measured; writing them is free",
      ],
      ["the peak", `${PEAK_FACTOR} times a month's average`, ""],
      ["free tiers, taxes, support, discounts", "left out", "an account has them once"],
      ["retries, rejected and failed images", "left out", "a retry costs its state and its invocation again"],
    ],
  );
}
