import { defineConfig } from "vitest/config";

/** What every project has: long limits, because a busy machine is no failure; modules are loaded once a process, not once a file. */
const shared = { testTimeout: 60_000, hookTimeout: 120_000, isolate: false };
const globalSetup = ["__tests__/fixtures/temporary-folder.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "product",
          include: ["__tests__/**/*.test.ts"],
          exclude: ["__tests__/{site,browser}/**"],
          globalSetup,
        },
      },
      { test: { ...shared, name: "engine", include: ["engine/__tests__/**/*.test.ts"], globalSetup } },
      {
        test: {
          ...shared,
          name: "site",
          include: ["__tests__/{site,browser}/**/*.test.ts"],
          globalSetup: [...globalSetup, "__tests__/fixtures/left-out.ts"],
          // Of the tests in a browser: each keeps most of a core busy.
          maxConcurrency: 3,
        },
      },
    ],
  },
});
