/** A month of so many images: what it costs to process them, to keep them, and to have the pipeline at all. */
import { dollarsFor, type PriceName } from "../../stacks/costs/prices.ts";
import {
  ASSUMED,
  type Assumptions,
  LIFECYCLE_MONTHS,
  MONTHS_KEPT,
  SECONDS_PER_MONTH,
  SMALLEST_INFREQUENT_GB,
} from "./assumptions.ts";
import { gbSeconds } from "./lambda.ts";
import type { Measured } from "./measured.ts";
import type { Usage } from "./usage.ts";

/** Enough time passes between two images of this few for every process to end. */
export const COLD_BELOW_IMAGES = 100_000;

export function assumedFor(images: number): Assumptions {
  const coldShare = images < COLD_BELOW_IMAGES ? 1 : ASSUMED.coldShare;
  return { ...ASSUMED, coldShare };
}

/** Dollars a month, when as many images as in this month came in each of the months before. */
export interface Kept {
  allStandard: number;
  withLifecycle: number;
}

/** Originals and variants; access logs, which go by themselves, are the same in every month. */
export function keptFor({ stored }: Usage, images: number): Kept {
  const passing = stored.accessLogs * images;
  const variants = stored.processed * images * MONTHS_KEPT;
  const original = stored.original * images;
  const infrequent = Math.max(stored.original, SMALLEST_INFREQUENT_GB) * images;
  const { standardIa, archive } = LIFECYCLE_MONTHS;
  const withLifecycle =
    dollarsFor("s3Standard", passing + variants + original * standardIa) +
    dollarsFor("s3StandardIa", infrequent * (archive - standardIa)) +
    dollarsFor("s3GlacierInstant", infrequent * (MONTHS_KEPT - archive)) +
    dollarsFor("s3ToStandardIa", images) +
    dollarsFor("s3ToGlacierInstant", images);
  return {
    allStandard: dollarsFor("s3Standard", passing + variants + original * MONTHS_KEPT),
    withLifecycle,
  };
}

export interface FixedLine {
  what: string;
  price: PriceName;
  units: number;
  note: string;
}

const SCHEDULED_RUNS = SECONDS_PER_MONTH / 300;
const BUCKETS = 3;
/** How long the functions take that schedules invoke is not measured. */
const COLLECTING_MS = 1000;
const RECONCILING_MS = 300;
/** Lambda keeps five long polls of 20 seconds open: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const IDLE_POLLS = (5 * SECONDS_PER_MONTH) / 20;
/** ImagesProcessed, -Rejected, -Failed, Duration, BytesSaved, and two for each bucket. */
const CUSTOM_METRICS = 5 + 2 * BUCKETS;

/** What is paid whether or not an image comes. */
export function fixedLines({
  resources: { alarmMetrics, dashboards },
  settings: { storageMetrics, memoryMb },
}: Pick<Measured, "resources" | "settings">): FixedLine[] {
  return [
    { what: "alarms", price: "alarm", units: alarmMetrics, note: "by the metrics in them" },
    { what: "dashboard", price: "dashboard", units: dashboards, note: "" },
    {
      what: "custom metrics",
      price: "customMetric",
      units: CUSTOM_METRICS,
      note: "five of images, two of each bucket",
    },
    {
      what: "idle polling of the queue",
      price: "sqsRequest",
      units: IDLE_POLLS,
      note: "five long polls of 20 seconds",
    },
    {
      what: "schedules",
      price: "schedulerInvocation",
      units: 2 * SCHEDULED_RUNS,
      note: "of storage metrics and of reconcile, every five minutes",
    },
    {
      what: "storage metrics, function",
      price: "lambdaGbSecondArm64",
      units: SCHEDULED_RUNS * gbSeconds(storageMetrics.memoryMb, COLLECTING_MS),
      note: `${COLLECTING_MS / 1000} s at ${storageMetrics.memoryMb} MB, assumed`,
    },
    {
      what: "reconcile, function",
      price: "lambdaGbSecondArm64",
      units: SCHEDULED_RUNS * gbSeconds(memoryMb["record-metadata"], RECONCILING_MS),
      note: `${RECONCILING_MS / 1000} s at ${memoryMb["record-metadata"]} MB, assumed`,
    },
    {
      what: "key that signs addresses of files",
      price: "kmsKey",
      units: 1,
      note: "where there is a web app; its signatures are below",
    },
    {
      what: "traces of what is scheduled",
      price: "xrayTrace",
      units: 2 * SCHEDULED_RUNS,
      note: "each one recorded",
    },
    {
      what: "storage metrics, LIST requests",
      price: "s3Put",
      units: SCHEDULED_RUNS * BUCKETS * storageMetrics.maxPages,
      note: `at most: ${storageMetrics.maxPages} pages of each bucket`,
    },
  ];
}

/** The customer key, and data keys that SQS, SNS and DynamoDB ask for every five minutes. */
export function keyLines(): FixedLine[] {
  return [
    { what: "customer key", price: "kmsKey", units: 1, note: "`encryptionKey: customer`" },
    {
      what: "data keys of the queue, the topic and the table",
      price: "kmsRequest",
      units: BUCKETS * SCHEDULED_RUNS,
      note: "every five minutes each",
    },
  ];
}

export function fixedDollars(lines: FixedLine[]): number {
  return lines.reduce((sum, { price, units }) => sum + dollarsFor(price, units), 0);
}
