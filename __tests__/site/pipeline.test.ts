/** What the pipeline's page makes of what it is told: waits, who has left, groups, and lists that hold still. */
import { describe, expect, it } from "vitest";
import { goneText, groupsOf, steadyRows, tryText, waitText } from "../../site/src/pipeline/groups.ts";
import { createPipelineApi, type PipelineImage } from "../../site/src/pipeline/pipeline-api.ts";
import { waitsUntilMs } from "../../site/src/pipeline/queries.ts";
import { longestWaitMs, type Retrier } from "../../site/src/pipeline/retry.ts";
import { NOTHING_SEEN, takeIn, toAsk, withExecution } from "../../site/src/pipeline/seen.ts";
import { addressOf, type Selection, selectionIn } from "../../site/src/pipeline/selection.ts";
import { failed, imageIdOf, underWay } from "./pipeline-support.ts";

const RETRIERS: Retrier[] = [
  { errors: ["Never"], intervalSeconds: 1, maxAttempts: 0, backoffRate: 2 },
  { errors: ["Busy"], intervalSeconds: 1, maxAttempts: 70, backoffRate: 2, maxDelaySeconds: 60 },
  { errors: ["States.ALL"], intervalSeconds: 2, maxAttempts: 3, backoffRate: 2 },
];
const STATES = { Resize: { type: "Task", next: [], retry: RETRIERS, catch: [] } };
const NOW = Date.parse("2026-01-01T00:01:00.000Z");

describe("how long a state waits to be tried again", () => {
  it.each<[errors: string[], ms: number | undefined]>([
    [[], undefined],
    [["Never"], undefined],
    [["Busy"], 1000],
    [["Busy", "Busy", "Busy"], 4000],
    [Array.from({ length: 9 }, () => "Busy"), 60_000],
    [["Other"], 2000],
    [["Other", "Another"], 4000],
    // Each retrier counts for itself.
    [["Busy", "Busy", "Busy", "Other"], 2000],
    [["Other", "Other", "Other", "Other"], undefined],
  ])("after %j: %s ms", (errors, ms) => {
    expect(longestWaitMs(RETRIERS, errors)).toBe(ms);
  });

  it("a timeout is not what States.TaskFailed stands for", () => {
    const retriers = [{ errors: ["States.TaskFailed"], intervalSeconds: 3, maxAttempts: 1, backoffRate: 1 }];
    expect(longestWaitMs(retriers, ["Anything"])).toBe(3000);
    expect(longestWaitMs(retriers, ["States.Timeout"])).toBeUndefined();
  });

  it("is said as what it is at most", () => {
    expect(waitText(NOW + 11_200, NOW)).toBe("again within 12\u00a0s");
    expect(waitText(NOW - 1, NOW)).toBe("again any moment");
    expect([1, 2, 3, 11].map(tryText)).toEqual(["2nd try", "3rd try", "4th try", "12th try"]);
  });
});

describe("what is seen from one answer to the next", () => {
  const waiting = (retries: number) => underWay(1, "Resize", { error: "Busy", retries });

  it("a wait ends when it did at first, until another try has failed", () => {
    const first = takeIn(NOTHING_SEEN, { underWay: [waiting(2)], failed: [] }, STATES, NOW);
    expect(first.waitsUntilMs.get(imageIdOf(1))?.untilMs).toBe(NOW + 4000);
    const second = takeIn(first, { underWay: [waiting(2)], failed: [] }, STATES, NOW + 1000);
    expect(second.waitsUntilMs.get(imageIdOf(1))?.untilMs).toBe(NOW + 4000);
    const third = takeIn(second, { underWay: [waiting(3)], failed: [] }, STATES, NOW + 5000);
    expect(third.waitsUntilMs.get(imageIdOf(1))?.untilMs).toBe(NOW + 13_000);
    const trying = [underWay(1, "Resize", { retries: 4 })];
    const last = takeIn(third, { underWay: trying, failed: [] }, STATES, NOW + 9000);
    expect(last.waitsUntilMs.size).toBe(0);
  });

  it("those that leave are counted as ended, unless they have failed", () => {
    const before = takeIn(
      NOTHING_SEEN,
      { underWay: [underWay(1), underWay(2), underWay(3)], failed: [] },
      STATES,
      NOW,
    );
    expect(before).toMatchObject({ left: [], ended: 0 });
    const after = takeIn(before, { underWay: [underWay(3)], failed: [failed(2)] }, STATES, NOW);
    expect(after.left.map(({ imageId }) => imageId)).toEqual([imageIdOf(1), imageIdOf(2)]);
    expect(after.ended).toBe(1);
    expect(takeIn(after, { underWay: [underWay(3)], failed: [] }, STATES, NOW)).toMatchObject({
      left: [],
      ended: 1,
    });
  });

  it("those that are in no list any more are asked for once, and no more at a time than the API takes", () => {
    const all = Array.from({ length: 40 }, (_, index) => underWay(index));
    const images = { underWay: all.slice(30), failed: [failed(41)] };
    const before = takeIn(NOTHING_SEEN, { ...images, underWay: all }, STATES, NOW);
    expect(toAsk(before)).toEqual([]);
    const first = takeIn(before, images, STATES, NOW);
    expect(toAsk(first)).toEqual(all.slice(0, 25).map(({ imageId }) => imageId));
    const ended = [{ imageId: imageIdOf(3), status: "REJECTED", at: "2026-01-01T00:00:30.000Z" } as const];
    const second = takeIn(first, { underWay: images.underWay, failed: [], ended }, STATES, NOW);
    expect(toAsk(second)).toEqual([...all.slice(25, 30).map(({ imageId }) => imageId), imageIdOf(41)]);
    const third = takeIn(second, { underWay: images.underWay, failed: [], ended: [] }, STATES, NOW);
    expect(toAsk(third)).toEqual([]);
    expect([...third.endings.values()]).toEqual(ended);
  });
});

describe("an execution", () => {
  const attempt = (endedAt: string, error?: string) => ({
    startedAt: "2026-01-01T00:00:30.000Z",
    endedAt,
    ...(error !== undefined && { error }),
  });
  const throttled = {
    status: "RUNNING",
    states: [
      {
        name: "Validate",
        enteredAt: "2026-01-01T00:00:00.000Z",
        exitedAt: "2026-01-01T00:00:30.000Z",
        attempts: [],
      },
      {
        name: "Resize",
        enteredAt: "2026-01-01T00:00:30.000Z",
        attempts: [attempt("2026-01-01T00:00:31.000Z", "Busy"), attempt("2026-01-01T00:00:59.000Z", "Busy")],
      },
    ],
  };

  it("tells until when its last state waits", () => {
    expect(waitsUntilMs(throttled, STATES)).toBe(Date.parse("2026-01-01T00:01:01.000Z"));
    expect(waitsUntilMs({ ...throttled, status: "FAILED" }, STATES)).toBeUndefined();
    expect(waitsUntilMs({ ...throttled, states: throttled.states.slice(0, 1) }, STATES)).toBeUndefined();
  });

  it("knows of a function that was throttled, which has told nobody", () => {
    const seen = takeIn(NOTHING_SEEN, { underWay: [underWay(1, "Validate")], failed: [] }, STATES, NOW);
    const told = { underWay: [underWay(1, "Validate")], failed: [], isCut: false, waitMs: 1000, seen };
    const better = withExecution(told, imageIdOf(1), throttled, NOW + 1000);
    expect(better.underWay[0]?.step).toMatchObject({ name: "Resize", retries: 1, error: "Busy" });
    expect(better.seen.waitsUntilMs.get(imageIdOf(1))?.untilMs).toBe(NOW + 1000);
    // What was told since then is newer.
    const newer = [underWay(1, "Watermark", { startedAt: "2026-01-01T00:00:40.000Z" })];
    expect(withExecution({ ...told, underWay: newer }, imageIdOf(1), throttled, undefined).underWay).toBe(
      newer,
    );
  });
});

describe("lists", () => {
  it("are grouped by state, in the order of the definition", () => {
    const images = [failed(1, "Gone"), failed(2, "Tell"), failed(3, "Resize"), failed(4), failed(5, "Tell")];
    expect(groupsOf(images, ["Resize", "Tell"]).map(({ name, images }) => [name, images.length])).toEqual([
      ["", 1],
      ["Resize", 1],
      ["Tell", 2],
      ["Gone", 1],
    ]);
  });

  it("hold still while somebody points at them", () => {
    const first = steadyRows([], [failed(1), failed(2)], false);
    const held = steadyRows(first, [failed(3), failed(2)], true);
    expect(held.map(({ image, isGone }) => [image.name, isGone])).toEqual([
      ["1.jpg", true],
      ["2.jpg", false],
      ["3.jpg", false],
    ]);
    expect(steadyRows(held, [failed(3), failed(2)], false).map(({ image }) => image.name)).toEqual([
      "2.jpg",
      "3.jpg",
    ]);
  });
});

const leaving = underWay(1, "Resize");

it.each([
  [{ underWay: [underWay(1, "Watermark")] }, undefined, "now at Watermark"],
  [{ underWay: [underWay(1)] }, undefined, "now waiting to begin"],
  [{ failed: [failed(1, "Resize")] }, undefined, "failed at Resize"],
  [{ failed: [failed(1)] }, "FAILED", "failed"],
  [{ underWay: [underWay(2)], failed: [failed(3)] }, "PROCESSED", "processed 1 minute ago"],
  [{}, "REJECTED", "rejected 1 minute ago"],
  [{}, "FAILED", "failed 1 minute ago"],
  [{}, undefined, "not here any more"],
] as const)("what has left a list is told of: %j, %s: %s", (told, status, text) => {
  const { underWay = [], failed = [] }: Partial<Record<"underWay" | "failed", readonly PipelineImage[]>> =
    told;
  const ending = status && { imageId: imageIdOf(1), status, at: "2026-01-01T00:00:00.000Z" };
  expect(goneText(leaving, { underWay: [...underWay], failed: [...failed] }, ending, NOW)).toBe(text);
});

it("what is chosen is in the address", () => {
  const all: Selection[] = [
    { kind: "nothing" },
    { kind: "failed", state: "Resize" },
    { kind: "failed", state: "" },
    { kind: "underWay", state: "A name & more" },
    { kind: "image", imageId: imageIdOf(7) },
  ];
  for (const selection of all) {
    const { searchParams } = new URL(addressOf(selection), "https://pipeline.example");
    expect(selectionIn(Object.fromEntries(searchParams))).toEqual(selection);
  }
  expect(selectionIn({ image: "../me" })).toEqual({ kind: "nothing" });
});

it("more images than a request takes are processed again with several", async () => {
  const sent: string[][] = [];
  const api = createPipelineApi(async <Answer>({ body = {} }: { body?: object }) => {
    const { imageIds } = body as { imageIds: string[] };
    sent.push(imageIds);
    return { started: imageIds.slice(1), refused: [{ imageId: imageIds[0], reason: "Not now." }] } as Answer;
  });
  const all = Array.from({ length: 60 }, (_, index) => imageIdOf(index));
  const { started, refused } = await api.reprocess(all);
  expect(sent.map(({ length }) => length)).toEqual([25, 25, 10]);
  expect(started).toHaveLength(57);
  expect(refused).toHaveLength(3);
});
