/** What one image uses of each service. */
import {
  ACCESS_LOG_BYTES,
  ACCESS_LOG_DAYS,
  AFTER_DECODING,
  type Assumptions,
  ATTENTION_WRITES,
  BYTES_PER_GB,
  CHANGE_WRITES,
  CONTENT_WRITES,
  DAYS_PER_MONTH,
  HANDOVER_MS,
  ITEM_OVERHEAD_BYTES,
  LIST_ENTRY_BYTES,
  LIST_INDEXES,
  LIST_WRITES,
  PLATFORM_LOG_BYTES,
  QUEUE_REQUESTS,
  USAGE_WRITES,
} from "./assumptions.ts";
import { type Billed, billedFor, type Meanwhile } from "./lambda.ts";
import { type Measured, type Photograph, perStep, STEPS, type Step } from "./measured.ts";

export interface Usage {
  lambda: Record<Step, Billed>;
  transitions: number;
  /** Of an EXPRESS execution, in the 64 MB and the 100 ms that it is billed in. */
  expressGbHours: number;
  queueRequests: number;
  s3: { puts: number; gets: number };
  /** GB-months: of originals and variants for a month, of access logs until they expire. Staged pixels go with the execution. */
  stored: { original: number; processed: number; accessLogs: number };
  dynamodb: { reads: number; writes: number; storedGb: number };
  logsGb: { functions: number; expressHistory: number };
  /** To the topic, and to the event bus. */
  published: number;
  traces: number;
}

export function usageOf(photograph: Photograph, measured: Measured, assumed: Assumptions): Usage {
  const { bytes, calls, invocations, itemBytes } = photograph;
  const { memoryMb, variants } = measured.settings;
  const lambda = perStep((step) =>
    billedFor(
      memoryMb[step],
      invocations[step],
      measured.functions[step],
      assumed,
      whileWorking(step, bytes.staging, variants),
    ),
  );
  const count = (...operations: string[]) => operations.reduce((sum, name) => sum + (calls[name] ?? 0), 0);
  const s3 = { puts: count("s3:PutObject"), gets: count("s3:GetObject", "s3:HeadObject") };
  return {
    lambda,
    transitions: photograph.states,
    expressGbHours: expressGbHours(executionMs(lambda, photograph.states)),
    queueRequests: QUEUE_REQUESTS,
    s3,
    stored: {
      original: bytes.original / BYTES_PER_GB,
      processed: bytes.processed / BYTES_PER_GB,
      accessLogs:
        (((s3.puts + s3.gets) * ACCESS_LOG_BYTES) / BYTES_PER_GB) * (ACCESS_LOG_DAYS / DAYS_PER_MONTH),
    },
    dynamodb: {
      // How many are under way, a count of each shard; what is known of files of that size. Eventually consistent, of few items.
      // And the record, as the last write left it.
      reads: count("dynamodb:Query") / 2 + count("dynamodb:GetItem"),
      writes:
        writeUnits(itemBytes.processing) +
        writeUnits(itemBytes.processed) +
        LIST_WRITES.processed +
        ATTENTION_WRITES +
        CHANGE_WRITES +
        USAGE_WRITES +
        CONTENT_WRITES,
      storedGb:
        (itemBytes.processed + LIST_INDEXES * LIST_ENTRY_BYTES + (1 + LIST_INDEXES) * ITEM_OVERHEAD_BYTES) /
        BYTES_PER_GB,
    },
    logsGb: {
      functions: logBytes(photograph) / BYTES_PER_GB,
      expressHistory: photograph.historyLogBytes / BYTES_PER_GB,
    },
    published: 1,
    traces: measured.settings.tracedShare,
  };
}

/**
 * resize sends the largest variant while it makes the others; watermark encodes the others, which takes as long as they have
 * pixels, before the largest has come.
 */
function whileWorking(
  step: Step,
  staging: number,
  variants: Measured["settings"]["variants"],
): Meanwhile | undefined {
  const areas = variants.map(({ width, height }) => width * height);
  const share = Math.max(...areas) / areas.reduce((sum, area) => sum + area, 0);
  const bytes = staging * share;
  switch (step) {
    case "resize":
      return { bytes, workShare: AFTER_DECODING };
    case "watermark":
      return { bytes, workShare: 1 - share };
    default:
      return undefined;
  }
}

/** A unit for each KB that is begun, of the larger of what was there and what is: the record only grows. */
export function writeUnits(itemBytes: number): number {
  return Math.ceil(itemBytes / 1024);
}

/** Memory in steps of 64 MB, of which these states take one; time in steps of 100 ms. https://aws.amazon.com/step-functions/pricing/ */
export function expressGbHours(milliseconds: number): number {
  return ((64 / 1024) * Math.ceil(milliseconds / 100) * 0.1) / 3600;
}

/** From the first state to the last: start-execution is over by then. */
export function executionMs(lambda: Record<Step, Billed>, states: number): number {
  const steps = STEPS.filter((step) => step !== "start-execution");
  return steps.reduce((sum, step) => sum + lambda[step].invokeMs + lambda[step].initMs, states * HANDOVER_MS);
}

function logBytes({ invocations }: Photograph): number {
  return STEPS.reduce((sum, step) => sum + invocations[step].logBytes + PLATFORM_LOG_BYTES, 0);
}
