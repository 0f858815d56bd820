import { describe, expect, it } from "vitest";
import type { ImageChange, Step } from "../../site/src/api/api.ts";
import { shownSteps, stepBars } from "../../site/src/parts/steps.ts";
import { type ProgressByImage, stepsOf, takeIn } from "../../site/src/store/progress.ts";
import { isLive, note, pollDelayMs, type Watched } from "../../site/src/store/watched.ts";
import { image } from "./support.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const step = (name: string, given: Partial<Step> = {}): Step => ({
  name,
  status: "SUCCEEDED",
  startedAt: at(0),
  durationMs: 100,
  retries: 0,
  ...given,
});
const statesOf = (...shown: Parameters<typeof shownSteps>) => shownSteps(...shown).map(({ state }) => state);

describe("the four steps", () => {
  it("wait before anything is known of them", () => {
    expect(statesOf({ status: "PENDING" }, undefined)).toEqual(["waiting", "waiting", "waiting", "waiting"]);
  });

  it("follow the history, with times and retries", () => {
    const { durationMs: _, ...running } = step("Resize", { status: "RUNNING", retries: 2 });
    const shown = shownSteps({ status: "PROCESSING" }, [step("Validate"), running]);
    expect(shown.map(({ label, state }) => `${label} ${state}`)).toEqual([
      "Validate done",
      "Resize running",
      "Watermark waiting",
      "Record waiting",
    ]);
    expect(shown[0]).toMatchObject({ durationMs: 100, retries: 0 });
    expect(shown[1]).toMatchObject({ retries: 2 });
  });

  it("end at the one that failed; how that was recorded and told is no step of theirs", () => {
    const caught = step("Validate", { status: "CAUGHT", error: "ImageRejected" });
    const shown = shownSteps({ status: "REJECTED" }, [caught, step("RecordFailure"), step("Tell")]);
    expect(shown.map(({ state }) => state)).toEqual(["failed", "skipped", "skipped", "skipped"]);
    expect(shown[0]?.error).toBe("ImageRejected");
  });

  it("are told by the record where nothing else is known", () => {
    const shown = shownSteps(
      { status: "PROCESSED", timingsMs: { validate: 34, resize: 126, total: 503 } },
      undefined,
    );
    expect(shown.map(({ state, durationMs }) => [state, durationMs])).toEqual([
      ["done", 34],
      ["done", 126],
      ["done", undefined],
      ["done", undefined],
    ]);
  });

  it("are all done when the record says so, whatever a history says that is a moment behind", () => {
    const known = [step("Validate"), step("RecordMetadata", { status: "RUNNING" })];
    expect(statesOf({ status: "PROCESSED" }, known)).toEqual(["done", "done", "done", "done"]);
  });

  it("lie one after the other in time", () => {
    const shown = shownSteps({ status: "PROCESSING" }, [
      step("Validate"),
      step("Resize", { startedAt: at(0.1), durationMs: 300 }),
    ]);
    expect(stepBars(shown)).toEqual([
      { start: 0, length: 0.25 },
      { start: 0.25, length: 0.75 },
      undefined,
      undefined,
    ]);
  });

  it("fill the time when it was too short to measure", () => {
    const shown = shownSteps({ status: "PROCESSING" }, [step("Validate", { durationMs: 0 })]);
    expect(stepBars(shown)[0]).toEqual({ start: 0, length: 1 });
  });
});

describe("what is told while an image is processed", () => {
  const began = (name: string, seconds: number, given = {}) => ({
    name,
    startedAt: at(seconds),
    retries: 0,
    ...given,
  });
  const told = (seconds: number, given: Partial<ImageChange> = {}): ImageChange => ({
    imageId: "a",
    status: "PROCESSING",
    at: at(seconds),
    steps: [],
    ...given,
  });
  const toldBy = (...changes: ImageChange[]) =>
    changes.reduce<ProgressByImage>((known, change) => takeIn(known, [change]).progress, new Map()).get("a");
  const shown = (...changes: ImageChange[]) => {
    const progress = toldBy(...changes);
    const status = progress?.status === "DELETED" ? "PENDING" : (progress?.status ?? "PENDING");
    return shownSteps({ status }, progress && stepsOf(progress)).map(({ state, retries, durationMs }) =>
      [state, ...(retries ? [retries] : []), ...(durationMs === undefined ? [] : [`${durationMs} ms`])].join(
        " ",
      ),
    );
  };

  it("is put together from answer to answer: a step is over when the next begins", () => {
    const validate = told(1, { steps: [began("Validate", 1)] });
    const resize = told(3, { steps: [began("Resize", 2, { retries: 2 })] });
    expect(shown(validate)).toEqual(["running", "waiting", "waiting", "waiting"]);
    expect(shown(validate, resize)).toEqual(["done 1000 ms", "running 2", "waiting", "waiting"]);
    expect(shown(validate, resize, told(9, { status: "PROCESSED" }))).toEqual([
      "done 1000 ms",
      "done 2",
      "done",
      "done",
    ]);
  });

  it("ends at the step that failed, which may never have begun", () => {
    const resize = told(3, { steps: [began("Validate", 1), began("Resize", 2)] });
    const failed = (name: string) => told(4, { status: "FAILED", failed: { name, error: "E" } });
    expect(shown(resize, failed("Resize"))).toEqual(["done 1000 ms", "failed", "skipped", "skipped"]);
    expect(shown(resize, failed("Watermark"))).toEqual(["done 1000 ms", "done", "failed", "skipped"]);
    expect(stepsOf(toldBy(resize, failed("Watermark")) ?? told(0)).at(-1)).toMatchObject({ error: "E" });
  });

  it("goes back to a step, and all that came after it comes again", () => {
    const copying = told(3, { steps: [began("Validate", 1), began("Resize", 2), began("Watermark", 3)] });
    const making = told(4, { steps: [began("Resize", 4)] });
    expect(shown(copying, making)).toEqual(["done 3000 ms", "running", "waiting", "waiting"]);
  });

  it("begins anew with another attempt, also where its end was not told", () => {
    const first = told(3, { steps: [began("Validate", 1), began("Resize", 2)] });
    const again = told(9, { steps: [began("Validate", 8)] });
    expect(shown(first, again)).toEqual(["running", "waiting", "waiting", "waiting"]);
    const over = told(4, { status: "PROCESSED" });
    expect(shown(first, over, told(12, { steps: [began("Resize", 11)] }))).toEqual([
      "waiting",
      "running",
      "waiting",
      "waiting",
    ]);
  });

  it("is news once, however often it is told", () => {
    const change = told(1, { steps: [began("Validate", 1)] });
    const { progress, fresh } = takeIn(new Map(), [change]);
    expect(fresh).toEqual([change]);
    const repeated = takeIn(progress, [change]);
    expect([repeated.fresh, repeated.progress]).toEqual([[], progress]);
  });

  it("is remembered of the last 500 images", () => {
    const changes = Array.from({ length: 510 }, (_, index) => told(1, { imageId: String(index) }));
    const { progress } = takeIn(new Map(), changes);
    expect([progress.size, progress.has("9"), progress.has("10")]).toEqual([500, false, true]);
  });
});

describe("what is in progress", () => {
  const now = Date.parse(at(3600));
  const pending = image("a", { status: "PENDING", uploadedAt: at(3590), updatedAt: at(3590) });

  it("ends when a file does not come any more", () => {
    expect(isLive(pending, now)).toBe(true);
    expect(isLive({ ...pending, uploadedAt: at(0) }, now)).toBe(false);
    expect(isLive({ ...pending, uploadedAt: at(0), status: "PROCESSING" }, now)).toBe(true);
  });

  it("is watched from when it is first seen to when it has ended, and told of once", () => {
    const first = note(new Map(), [pending, image("old")], now);
    expect([...first.watched.keys()]).toEqual(["a"]);
    expect(first.finished).toEqual([]);

    const done = { ...pending, status: "PROCESSED" as const, updatedAt: at(3595) };
    const second = note(first.watched, [done], now);
    expect(second.finished).toEqual([done]);
    expect(note(second.watched, [done], now).finished).toEqual([]);
  });

  it("is not set back by an answer that comes late", () => {
    const done = image("a", { updatedAt: at(3595) });
    const watched: Watched = new Map([["a", done]]);
    expect(note(watched, [pending], now).watched.get("a")).toBe(done);
  });

  it("is asked for less often when nothing changes", () => {
    expect([0, 20_000, 600_000].map(pollDelayMs)).toEqual([1000, 2500, 5000]);
  });
});
