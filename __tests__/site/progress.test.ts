import { describe, expect, it } from "vitest";
import type { History, Step } from "../../site/src/api/api.ts";
import { shownSteps, stepBars } from "../../site/src/parts/steps.ts";
import { inOrder, isLive, note, pollDelayMs, type Watched } from "../../site/src/store/watched.ts";
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
const history = (...steps: Step[]): History => ({ status: "RUNNING", startedAt: at(0), steps });
const statesOf = (...shown: Parameters<typeof shownSteps>) => shownSteps(...shown).map(({ state }) => state);

describe("the four steps", () => {
  it("wait before there is a history", () => {
    expect(statesOf({ status: "PENDING" }, undefined)).toEqual(["waiting", "waiting", "waiting", "waiting"]);
  });

  it("follow the history, with times and retries", () => {
    const { durationMs: _, ...running } = step("Resize", { status: "RUNNING", retries: 2 });
    const shown = shownSteps({ status: "PROCESSING" }, history(step("Validate"), running));
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
    const shown = shownSteps({ status: "REJECTED" }, history(caught, step("RecordFailure"), step("Tell")));
    expect(shown.map(({ state }) => state)).toEqual(["failed", "skipped", "skipped", "skipped"]);
    expect(shown[0]?.error).toBe("ImageRejected");
  });

  it("are told by the record where there is no history", () => {
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

  it("lie one after the other in time", () => {
    const shown = shownSteps(
      { status: "PROCESSING" },
      history(step("Validate"), step("Resize", { startedAt: at(0.1), durationMs: 300 })),
    );
    expect(stepBars(shown)).toEqual([
      { start: 0, length: 0.25 },
      { start: 0.25, length: 0.75 },
      undefined,
      undefined,
    ]);
  });

  it("fill the time when it was too short to measure", () => {
    const shown = shownSteps({ status: "PROCESSING" }, history(step("Validate", { durationMs: 0 })));
    expect(stepBars(shown)[0]).toEqual({ start: 0, length: 1 });
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

  it("is in the order of its coming, what is finished newest first", () => {
    const views = [
      image("1", { uploadedAt: at(1) }),
      image("2", { uploadedAt: at(2) }),
      image("3", { uploadedAt: at(3), status: "PROCESSING" }),
      image("4", { uploadedAt: at(4), status: "PROCESSING" }),
    ];
    const { live, finished } = inOrder(new Map(views.map((view) => [view.imageId, view])), now);
    expect([...live, ...finished].map(({ imageId }) => imageId)).toEqual(["3", "4", "2", "1"]);
  });

  it("is asked for less often when nothing changes", () => {
    expect([0, 20_000, 600_000].map(pollDelayMs)).toEqual([1000, 2500, 5000]);
  });
});
