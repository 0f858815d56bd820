/** The small run of `npm run chaos`: uploads, overwrites, deletions, moves and reprocessings while a fifth of all calls fails. */
import { expect, it } from "vitest";
import { runChaos } from "../../tools/chaos/chaos.ts";
import { synthesize } from "../fixtures/stack.ts";

it("nothing is lost, twice or left over when a fifth of all calls and invocations fails", {
  timeout: 240_000,
}, async () => {
  const { file: stackFile } = synthesize();
  const report = await runChaos({ stackFile, seed: 7, operations: 60, images: 12, faults: 0.2 });
  expect(report.broken).toEqual([]);
  // Four tries of the same step may all be hit; hardly ever those of several images.
  expect(report.failures.length).toBeLessThan(4);
  // It was a run, and things did go wrong.
  expect(report.processed).toBeGreaterThan(0);
  expect(report.seen.statesRetried).toBeGreaterThan(5);
  expect(report.seen.serviceErrors).toBeGreaterThan(20);
});
