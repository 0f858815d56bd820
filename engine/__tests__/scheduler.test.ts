import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createClock } from "../services/scheduler/clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("a schedule invokes at its rate, whatever came of it before, until it is stopped", async () => {
  const schedules = createClock();
  const invoke = vi
    .fn<() => Promise<void>>()
    .mockResolvedValue(undefined)
    .mockRejectedValueOnce(new Error("not this time"));
  schedules.create("often", "rate(5 minutes)", invoke);
  await vi.advanceTimersByTimeAsync(4 * 60_000);
  expect(invoke).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(11 * 60_000);
  expect(invoke).toHaveBeenCalledTimes(3);
  await schedules.stop();
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(invoke).toHaveBeenCalledTimes(3);
});

it("can be invoked at once, and then says what went wrong", async () => {
  const schedules = createClock();
  schedules.create("daily", "rate(1 day)", async () => {
    throw new Error("out of order");
  });
  await expect(schedules.run("daily")).rejects.toThrow("out of order");
  await expect(schedules.run("never")).rejects.toThrow("There is no schedule never.");
  await schedules.stop();
});

it.each(["cron(0 12 * * ? *)", "rate(5 fortnights)", "rate(minutes)"])(
  "a schedule %s is refused by name",
  (expression) => {
    expect(() => createClock().create("odd", expression, async () => undefined)).toThrow(
      `The schedule "${expression}" is not one`,
    );
  },
);
