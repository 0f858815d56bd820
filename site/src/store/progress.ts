/** What is told of images while they are processed: which steps have begun, how often, and with which errors. */
import type { ImageChange, Step } from "../api/api.ts";

/** All that was told of the last attempt, put together. */
export type Progress = Pick<ImageChange, "status" | "at" | "steps" | "failed">;
export type ProgressByImage = ReadonlyMap<string, Progress>;

/** No more images than this are remembered: what is over is in the record. */
const MAX_REMEMBERED = 500;

/** Takes in what is told. @returns those of the changes that were not known, too. */
export function takeIn(
  known: ProgressByImage,
  changes: ImageChange[],
): { progress: ProgressByImage; fresh: ImageChange[] } {
  const fresh = changes.filter(({ imageId, at }) => at > (known.get(imageId)?.at ?? ""));
  // What was told before is told again for some seconds.
  if (fresh.length === 0) return { progress: known, fresh };
  const next = new Map(known);
  for (const change of fresh) {
    const before = next.get(change.imageId);
    // Those that were told of last are the last to be forgotten.
    next.delete(change.imageId);
    next.set(change.imageId, joined(before, change));
  }
  const forgotten = [...next.keys()].slice(0, Math.max(0, next.size - MAX_REMEMBERED));
  for (const imageId of forgotten) next.delete(imageId);
  return { progress: next, fresh };
}

function joined(before: Progress | undefined, { status, at, steps, failed }: ImageChange): Progress {
  // Of an attempt that is over, nothing is left when another begins.
  const isOver = before !== undefined && before.status !== "PROCESSING";
  const isAnother = isOver && steps.some(({ startedAt }) => startedAt > before.at);
  // A step that is tried again keeps its start. One that starts later was gone back to, and what came after it will come again.
  const goneBackTo = (before?.steps ?? []).filter((known) =>
    steps.some(({ name, startedAt }) => name === known.name && startedAt > known.startedAt),
  );
  const firstStart = goneBackTo.map(({ startedAt }) => startedAt).sort()[0];
  const others = (before?.steps ?? []).filter(
    ({ name, startedAt }) =>
      !isAnother &&
      (firstStart === undefined || startedAt < firstStart) &&
      !steps.some((step) => step.name === name),
  );
  const all = [...others, ...steps].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  return { status, at, steps: all, ...(failed && { failed }) };
}

/** As a history tells it; one that failed may never have begun. */
export type KnownStep = Omit<Step, "startedAt"> & Partial<Pick<Step, "startedAt">>;

/** A step is over when the next begins, or the image is. */
export function stepsOf({ status, steps, failed }: Progress): KnownStep[] {
  const told = steps.map(({ name, startedAt, retries, error }, index): KnownStep => {
    const next = steps[index + 1];
    const isRunning = next === undefined && status === "PROCESSING";
    return {
      name,
      status: isRunning ? "RUNNING" : "SUCCEEDED",
      startedAt,
      retries,
      ...(next && { durationMs: Date.parse(next.startedAt) - Date.parse(startedAt) }),
      ...(error !== undefined && { error }),
    };
  });
  if (failed === undefined) return told;
  const begun = told.find(({ name }) => name === failed.name) ?? { retries: 0 };
  return [...told.filter((step) => step !== begun), { ...begun, ...failed, status: "CAUGHT" }];
}
