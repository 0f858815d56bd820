/** What `npm run costs -- --write` finds out, and measured.json keeps. */
import measured from "./measured.json" with { type: "json" };

/** The functions that every image goes through, in its order. */
export const STEPS = ["start-execution", "validate", "resize", "watermark", "record-metadata"] as const;
export type Step = (typeof STEPS)[number];

export function perStep<T>(of: (step: Step) => T): Record<Step, T> {
  return {
    "start-execution": of("start-execution"),
    validate: of("validate"),
    resize: of("resize"),
    watermark: of("watermark"),
    "record-metadata": of("record-metadata"),
  };
}

/** What functions wait for. */
export const SERVICES = ["s3", "dynamodb", "states", "sts"] as const;
export type Service = (typeof SERVICES)[number];

/** Answers that a function waits for together, by service. */
export type Turn = Record<Service, number>;

/** Of a function, whatever the photograph. */
export interface FunctionFacts {
  /** From the birth of its process until it is ready. */
  initCpuMs: number;
  /** What it waits for, one after the other. */
  turns: Turn[];
}

/** Of one invocation of a function. */
export interface Invocation {
  /** Of all threads, in a warm process. */
  cpuMs: number;
  /** Of the first invocation of a process. */
  firstCpuMs: number;
  /** To and from S3. */
  bytes: number;
  logBytes: number;
}

export interface Photograph {
  name: string;
  megapixels: number;
  /** Of the objects that are written into each bucket, and of the largest variant alone. */
  bytes: { original: number; staging: number; processed: number; largest: number };
  invocations: Record<Step, Invocation>;
  /** Requests, by service and operation (`s3:GetObject`), with the upload itself. */
  calls: Record<string, number>;
  /** States that the execution entered, and events in its history. */
  states: number;
  historyEvents: number;
  /** The history as lines of a log that leaves nothing out. */
  historyLogBytes: number;
  /** The largest input or output of a state. */
  stateBytes: number;
  /** The record, when the execution starts and when it is done, as DynamoDB counts. */
  itemBytes: { processing: number; processed: number };
}

export interface Measured {
  /** YYYY-MM-DD. */
  date: string;
  machine: string;
  /** What the figures depend on. */
  settings: {
    variants: {
      name: string;
      width: number;
      height: number;
      fit: string;
      formats: string[];
      quality?: unknown;
    }[];
    watermark: unknown;
    concurrency: number;
    memoryMb: Record<Step, number>;
    /** Of executions, those that X-Ray has the trace of. */
    tracedShare: number;
    /** Of the function that looks how full the buckets are: its memory, and what it lists of each at most. */
    storageMetrics: { memoryMb: number; maxPages: number };
  };
  functions: Record<Step, FunctionFacts>;
  photographs: Photograph[];
  /** How many resources of a type the stack has. */
  resources: { alarmMetrics: number; dashboards: number; keys: number };
}

export const recorded: Measured = measured;
