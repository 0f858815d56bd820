import { describe, expect, it } from "vitest";
import { simulateCrowd } from "../../bench/crowd.ts";

const throttle = { requestsPerSecond: 1000, burst: 2000 };
const crowd = {
  people: 100,
  uploads: 10,
  withinSeconds: 60,
  throttle,
  concurrency: 100,
  startsPerSecond: 100,
};

describe("a crowd of people who upload and watch", () => {
  it("is served by a throttle that is large enough, each at about a request a second", async () => {
    const { requests, mostPerSecond, refused, waitSeconds } = await simulateCrowd(crowd);
    expect(refused).toBe(0);
    expect(mostPerSecond).toBeLessThanOrEqual(2 * crowd.people);
    // Opened, announced, and looked after for some minutes.
    expect(requests / crowd.people).toBeGreaterThan(3 + crowd.uploads);
    expect(requests / crowd.people).toBeLessThan(200);
    expect(waitSeconds.most).toBeLessThan(30);
  });

  it("is refused, and comes again, where it is too small", async () => {
    const small = await simulateCrowd({ ...crowd, throttle: { requestsPerSecond: 5, burst: 10 } });
    expect(small.refused).toBeGreaterThan(100);
  });

  it("waits where less is processed at a time than comes", async () => {
    for (const less of [{ concurrency: 5 }, { startsPerSecond: 3 }]) {
      const { waitSeconds } = await simulateCrowd({ ...crowd, ...less });
      expect(waitSeconds.most).toBeGreaterThan(100);
    }
  });

  it("is the same for the same seed", async () => {
    expect(await simulateCrowd(crowd, 7)).toEqual(await simulateCrowd(crowd, 7));
  });
});
