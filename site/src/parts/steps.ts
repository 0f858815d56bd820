/** An execution's history as the four steps that a person follows. */
import type { History, ImageView, Step } from "../api/api.ts";

export type StepState = "waiting" | "running" | "done" | "failed" | "skipped";

export interface ShownStep {
  label: string;
  state: StepState;
  startedAt?: string;
  durationMs?: number;
  retries: number;
  /** The name of the last error, when there was one. */
  error?: string;
}

/** Names of the states in the state machine, and of the times in the record. */
const STEPS = [
  { state: "Validate", timing: "validate", label: "Validate" },
  { state: "Resize", timing: "resize", label: "Resize" },
  { state: "Watermark", timing: "watermark", label: "Watermark" },
  { state: "RecordMetadata", timing: "record", label: "Record" },
];

/** @param history undefined when it is not known (yet): then the record tells what it can. */
export function shownSteps(
  { status, timingsMs }: Pick<ImageView, "status" | "timingsMs">,
  history: History | undefined,
): ShownStep[] {
  const isOver = status !== "PENDING" && status !== "PROCESSING";
  return STEPS.map(({ state, timing, label }) => {
    const step = history?.steps.findLast(({ name }) => name === state);
    if (step) return fromHistory(label, step);
    const durationMs = timingsMs?.[timing];
    if (history === undefined && status === "PROCESSED")
      return { label, state: "done", retries: 0, ...(durationMs !== undefined && { durationMs }) };
    return { label, state: isOver && history !== undefined ? "skipped" : "waiting", retries: 0 };
  });
}

function fromHistory(label: string, { status, startedAt, durationMs, retries, error }: Step): ShownStep {
  const state = status === "RUNNING" ? "running" : status === "SUCCEEDED" ? "done" : "failed";
  return {
    label,
    state,
    startedAt,
    retries,
    ...(durationMs !== undefined && { durationMs }),
    ...(error !== undefined && { error }),
  };
}

export interface Bar {
  /** Parts of the whole time, 0 to 1. */
  start: number;
  length: number;
}

/** Where each step lies in the time from the first one's start to the last one's end. */
export function stepBars(shown: ShownStep[]): (Bar | undefined)[] {
  const times = shown.map(({ startedAt, durationMs }) => {
    if (startedAt === undefined || durationMs === undefined) return undefined;
    const from = Date.parse(startedAt);
    return { from, to: from + durationMs };
  });
  const known = times.filter((time) => time !== undefined);
  const from = Math.min(...known.map((time) => time.from));
  const whole = Math.max(...known.map((time) => time.to)) - from;
  return times.map(
    (time) =>
      time && {
        start: whole === 0 ? 0 : (time.from - from) / whole,
        length: whole === 0 ? 1 : (time.to - time.from) / whole,
      },
  );
}
