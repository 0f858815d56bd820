/** What is known of an execution's steps, as the four that a person follows. */
import type { ImageView } from "../api/api.ts";
import type { KnownStep } from "../store/progress.ts";

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

/** @param known undefined when nothing is (yet): then the record tells what it can. */
export function shownSteps(
  { status, timingsMs }: Pick<ImageView, "status" | "timingsMs">,
  known: KnownStep[] | undefined,
): ShownStep[] {
  const isOver = status !== "PENDING" && status !== "PROCESSING";
  return STEPS.map(({ state, timing, label }) => {
    const step = known?.findLast(({ name }) => name === state);
    const { retries = 0, startedAt, error } = step ?? {};
    const durationMs = step?.durationMs ?? (isOver ? timingsMs?.[timing] : undefined);
    return {
      label,
      state: stateOf(step, status, isOver && known !== undefined),
      retries,
      ...(startedAt !== undefined && { startedAt }),
      ...(durationMs !== undefined && { durationMs }),
      ...(error !== undefined && { error }),
    };
  });
}

function stateOf(step: KnownStep | undefined, status: ImageView["status"], isOver: boolean): StepState {
  // The record says so a moment before the last step has ended.
  if (status === "PROCESSED") return "done";
  if (step === undefined) return isOver ? "skipped" : "waiting";
  if (step.status === "RUNNING") return "running";
  return step.status === "SUCCEEDED" ? "done" : "failed";
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
