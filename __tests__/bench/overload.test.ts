import { describe, expect, it } from "vitest";
import { simulate } from "../../bench/overload.ts";

describe("more uploads at once than may be under way", () => {
  it.each([
    { limit: 10, concurrency: 10, uploads: 1000 },
    { limit: 100, concurrency: 100, uploads: 1000 },
    { limit: 1000, concurrency: 900, uploads: 1000 },
  ])("are done in hardly more time than that many at a time take, and none fails: %j", async (load) => {
    const { failed, seconds, roundsSeconds, refusedShare } = await simulate(load);
    expect(failed).toBe(0);
    expect(seconds / roundsSeconds).toBeLessThan(1.2);
    expect(refusedShare).toBeLessThan(0.05);
  });

  it("are done while others have most of the account's functions, and hardly one of those that are left is idle", async () => {
    const load = { limit: 1000, others: 800, concurrency: 900, uploads: 20_000 };
    const { failed, seconds, idealSeconds, refusedShare } = await simulate(load);
    expect(failed).toBe(0);
    expect(seconds / idealSeconds).toBeLessThan(1.3);
    // What the alarm lambda-throttles rings at.
    expect(refusedShare).toBeGreaterThan(0.2);
  });

  it("are done while others have nearly all: those that wait for room do not take what is left", async () => {
    const { failed, seconds, idealSeconds } = await simulate({
      limit: 1000,
      others: 990,
      concurrency: 900,
      uploads: 3000,
    });
    expect(failed).toBe(0);
    expect(seconds / idealSeconds).toBeLessThan(2);
  });
});
