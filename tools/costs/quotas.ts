/** What a month's volume asks of AWS at its peak, against what an account in us-east-1 gets without asking for more. */

import { pollersFor } from "../../functions/start-execution/room.ts";
import { API_REQUESTS_PER_IMAGE, ASSUMED, PEAK_FACTOR, SECONDS_PER_MONTH } from "./assumptions.ts";
import { cpuMsAt, waitMs } from "./lambda.ts";
import { type Measured, type Photograph, recorded, STEPS } from "./measured.ts";
import { executionMs, type Usage, usageOf, writeUnits } from "./usage.ts";

export interface Quota {
  what: string;
  /** What there is. */
  limit: number;
  unit: string;
  /** What is needed, at so many images a second. */
  needed(imagesPerSecond: number): number;
  /** How the design passes it. */
  passes: string;
  source: string;
}

export function peakPerSecond(imagesPerMonth: number): number {
  return (PEAK_FACTOR * imagesPerMonth) / SECONDS_PER_MONTH;
}

/** Functions that run at the same time: the time that an image has one running, times images a second. */
export function concurrentFunctions({ lambda }: Usage, imagesPerSecond: number): number {
  const seconds = STEPS.reduce((sum, step) => sum + lambda[step].invokeMs + lambda[step].initMs, 0) / 1000;
  return seconds * imagesPerSecond;
}

const BATCH_SIZE = 10;

/**
 * Images that are processed in a second: as many as the setting `concurrency` lets be under way, and as start-execution can
 * start. The messages of its batches wait together and work in turn.
 */
export function imagesPerSecond(
  { settings, functions }: Measured,
  { invocations, states }: Photograph,
  { lambda }: Pick<Usage, "lambda">,
): number {
  const step = "start-execution";
  const workMs = cpuMsAt(settings.memoryMb[step], invocations[step].cpuMs, ASSUMED.cpuFactor);
  const batchMs = BATCH_SIZE * workMs + waitMs(functions[step].turns, 0, ASSUMED);
  const started = (pollersFor(settings.concurrency) * BATCH_SIZE * 1000) / batchMs;
  return Math.min(started, (settings.concurrency * 1000) / executionMs(lambda, states));
}

/** The same, by what is recorded: most are held by start-execution. */
export function startsPerSecond(): number {
  const [photograph] = recorded.photographs;
  if (photograph === undefined) throw new Error("No photograph was measured.");
  return imagesPerSecond(recorded, photograph, usageOf(photograph, recorded, ASSUMED));
}

/** Refilled, after 1,300 at once, for STANDARD state machines. */
export const START_EXECUTION_PER_SECOND = 300;

const STEP_FUNCTIONS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html";
const S3_RATES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html";
const DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html";

export function quotasFor(measured: Measured, photograph: Photograph, usage: Usage): Quota[] {
  const files = measured.settings.variants.reduce((sum, { formats }) => sum + formats.length, 0);
  const recordUnits =
    writeUnits(photograph.itemBytes.processing) + writeUnits(photograph.itemBytes.processed);
  const most = imagesPerSecond(measured, photograph, usage);
  return [
    {
      what: "Lambda: functions that run at a time",
      limit: 1000,
      unit: "",
      needed: (images) => concurrentFunctions(usage, images),
      passes:
        "`concurrency` lets fewer in, and never more than the account has; a step that is refused all the same is tried for half an hour on average",
      source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    },
    {
      what: "images that `concurrency` lets through",
      limit: most,
      unit: "/s",
      needed: (images) => images,
      passes: "the queue holds the rest; nothing behind it sees more",
      source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    },
    {
      what: "StartExecution, STANDARD: 1,300 at once, then",
      limit: START_EXECUTION_PER_SECOND,
      unit: "/s",
      needed: (images) => images,
      passes:
        "`concurrency` keeps below it; a refused message comes back after three minutes, nine times; EXPRESS has 6,000",
      source: STEP_FUNCTIONS,
    },
    {
      what: "state transitions, STANDARD: 5,000 at once, then",
      limit: 1500,
      unit: "/s",
      needed: (images) => images * photograph.states,
      passes: "executions wait, none fails; EXPRESS has no such limit",
      source: STEP_FUNCTIONS,
    },
    {
      what: "executions that are open",
      limit: 1_000_000,
      unit: "",
      needed: (images) => (images * executionMs(usage.lambda, photograph.states)) / 1000,
      passes: "",
      source: STEP_FUNCTIONS,
    },
    {
      what: "events in one execution's history",
      limit: 25_000,
      unit: "",
      needed: () => photograph.historyEvents,
      passes: "an execution is one image",
      source: STEP_FUNCTIONS,
    },
    {
      what: "bytes of a state",
      limit: 262_144,
      unit: "",
      needed: () => photograph.stateBytes,
      passes: "the state carries references, never bytes",
      source: STEP_FUNCTIONS,
    },
    {
      what: "S3: PUT into the processed bucket, a prefix",
      limit: 3500,
      unit: "/s",
      needed: (images) => images * files,
      passes:
        "after `files/`, keys go on with an id and a hash, so S3 can split the bucket anywhere: each part has as much",
      source: S3_RATES,
    },
    {
      what: "S3: GET and HEAD of the processed bucket, a prefix",
      limit: 5500,
      unit: "/s",
      needed: (images) => images * files,
      passes: "as above",
      source: S3_RATES,
    },
    {
      what: "DynamoDB: write units of the table of records",
      limit: 40_000,
      unit: "/s",
      needed: (images) => images * recordUnits,
      passes: "the key is a hash; a new table takes 4,000 at once and doubles what it has seen",
      source: DYNAMODB,
    },
    {
      what: "SNS: messages published",
      limit: 30_000,
      unit: "/s",
      needed: (images) => images,
      passes: "told later, or not: the record is what counts",
      source: "https://docs.aws.amazon.com/general/latest/gr/sns.html",
    },
    {
      what: "EventBridge: requests with events",
      limit: 10_000,
      unit: "/s",
      needed: (images) => images,
      passes: "told later, or not: the record is what counts",
      source: "https://docs.aws.amazon.com/general/latest/gr/ev.html",
    },
    {
      what: "CloudWatch Logs: batches of lines written",
      limit: 5000,
      unit: "/s",
      needed: (images) => images * STEPS.length,
      passes:
        "at most one an invocation; metrics are made from the same lines, and are as many for any volume",
      source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
    },
    {
      what: "HTTP API: requests of the web app",
      limit: 10_000,
      unit: "/s",
      needed: (images) => images * API_REQUESTS_PER_IMAGE,
      passes: "`apiThrottle` refuses what is over it, well before that; files go to S3 directly",
      source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    },
  ];
}
