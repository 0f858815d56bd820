import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** What every project has: long limits, because a busy machine is no failure; modules are loaded once a process, not once a file. */
const shared = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 50_000, interval: 50 } },
  isolate: false,
};
const temporaryFolder = "__tests__/fixtures/temporary-folder.ts";
const leftOut = "__tests__/fixtures/left-out.ts";

export default defineConfig({
  test: {
    // One more than processors: most tests wait for processes of their own.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          ...shared,
          name: "product",
          include: ["__tests__/**/*.test.ts"],
          exclude: ["__tests__/{functions,browser}/**"],
          globalSetup: [temporaryFolder, leftOut],
        },
      },
      {
        test: {
          ...shared,
          name: "functions",
          include: ["__tests__/functions/**/*.test.ts"],
          // They hand sharp no paths and no SVG: a step that opens strangers' files leaves it few loaders, for all of its process.
          globalSetup: [temporaryFolder],
        },
      },
      {
        test: {
          ...shared,
          name: "engine",
          include: ["engine/__tests__/**/*.test.ts"],
          globalSetup: [temporaryFolder],
        },
      },
      {
        test: {
          ...shared,
          name: "site",
          include: ["__tests__/browser/**/*.test.ts"],
          globalSetup: [temporaryFolder, leftOut],
          // A browser keeps most of a processor busy: those tests come last, and have them to themselves.
          sequence: { groupOrder: 1 },
          maxWorkers: availableParallelism(),
          maxConcurrency: 3,
        },
      },
    ],
  },
});
