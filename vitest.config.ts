import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["__tests__/**/*.test.ts"],
    globalSetup: ["__tests__/fixtures/temporary-folder.ts", "__tests__/fixtures/left-out.ts"],
    // Of the tests in a browser: each keeps most of a core busy.
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
