/** What is not measured, and has to be taken for something. docs/costs.md names each of these. */
import type { Service } from "./measured.ts";

export interface Assumptions {
  /** CPU time on Lambda at a whole vCPU, against this machine. */
  cpuFactor: number;
  /** Until the first byte of an answer. */
  roundTripMs: Record<Service, number>;
  /** Between a function and S3. */
  bytesPerSecond: number;
  /** Invocations that start a process first. */
  coldShare: number;
}

export const ASSUMED: Assumptions = {
  cpuFactor: 1,
  // AWS speaks of 100 to 200 ms for S3, and of single-digit milliseconds for DynamoDB; within a region S3 is faster.
  roundTripMs: { s3: 30, dynamodb: 10, states: 50, sts: 50 },
  // About 600 Mbit/s, which many have measured and AWS does not promise.
  bytesPerSecond: 75e6,
  // Under 1 %: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
  coldShare: 0.01,
};

/** Of resize's work, what is done when the largest variant is there: 22 to 27 of its some 100 ms of CPU, measured once for 5 and 12 MP. */
export const AFTER_DECODING = 0.2;

/** Of a state machine's execution between two steps. Not measured, not verified. */
export const HANDOVER_MS = 50;

/**
 * Each user's images are in three indexes of keys alone. An image that was announced is moved in that by time when its file
 * comes, and in that by status then and when it is done; a move is an item deleted and one put.
 */
export const LIST_INDEXES = 3;
export const LIST_WRITES = { announced: LIST_INDEXES, processed: 3 * 2 };
/** Ids of image and owner, a time or the beginning of a name, and their names. */
export const LIST_ENTRY_BYTES = 150;

/** Into the table of changes: three steps that begin, and how it ended. They are there for a day, which costs next to nothing. */
export const CHANGE_WRITES = 4;

/** Into the index of what needs attention, and out of it again: what it holds of a record is less than 1 KB. */
export const ATTENTION_WRITES = 2;

/** Of its bytes, to what its owner has stored. (One image more today is the API's affair.) */
export const USAGE_WRITES = 1;

/** What an image may be a duplicate of, in a table of its own. */
export const CONTENT_WRITES = 1;

/** Of recognise at 512 MB, which waits for Rekognition most of the time. Not measured. */
export const RECOGNISE_MS = 700;
export const RECOGNISE_MEMORY_MB = 512;
/** The step, and the state that has it beside watermark. */
export const RECOGNISE_TRANSITIONS = 2;
/** Errors, throttles and invocations, for an alarm. */
export const RECOGNISE_ALARM_METRICS = 3;

/** Every hour of a month. The function waits until the photograph is processed, and deleted. Not measured. */
export const CANARY_TRIALS = 730;
export const CANARY_SECONDS = 6;
export const CANARY_MEMORY_MB = 256;

/** What DynamoDB keeps beside an item: https://aws.amazon.com/dynamodb/pricing/on-demand/ */
export const ITEM_OVERHEAD_BYTES = 100;

/** START, END and REPORT with its trace, which Lambda writes for each invocation. */
export const PLATFORM_LOG_BYTES = 400;

/** SendMessage by S3, ReceiveMessage and DeleteMessage by Lambda: an image a batch, which is the dearest. */
export const QUEUE_REQUESTS = 3;

/** With bucket keys, of the requests to KMS that S3 would make: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html */
export const KMS_SHARE_WITH_BUCKET_KEY = 0.01;

/** Of a line in the buckets' access logs. */
export const ACCESS_LOG_BYTES = 700;
export const ACCESS_LOG_DAYS = 90;

/** What cdktf.json does with originals: to Standard-IA after a month, to Glacier Instant Retrieval after three. */
export const LIFECYCLE_MONTHS = { standardIa: 1, archive: 3 };

/** As many months of images are kept in the long run's example. */
export const MONTHS_KEPT = 12;

/** Neither class counts less for an object: https://aws.amazon.com/s3/storage-classes/ */
export const SMALLEST_INFREQUENT_GB = 131_072 / 2 ** 30;

export const SECONDS_PER_MONTH = 2_628_000;
export const DAYS_PER_MONTH = SECONDS_PER_MONTH / 86_400;
export const BYTES_PER_GB = 2 ** 30;

/** The busiest moment, against the average of a month. */
export const PEAK_FACTOR = 10;

/** By the web app: announced once, and looked at until it is done. */
export const API_REQUESTS_PER_IMAGE = 6;
/** At 512 MB; on this machine it takes 7 ms (bench/README.md). */
export const API_REQUEST_MS = 40;
export const API_MEMORY_MB = 512;
