import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { standInForAws } from "../fixtures/stand-in.ts";

let headers: IncomingHttpHeaders = {};
let asked: { traceHeader?: string } = {};
standInForAws(async (request, response) => {
  ({ headers } = request);
  asked = JSON.parse(await text(request));
  response.setHeader("content-type", "application/x-amz-json-1.0");
  response.end(
    JSON.stringify({ executionArn: "arn:aws:states:us-east-1:111111111111:execution:s:one", startDate: 0 }),
  );
});

const MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:s";
const INPUT = {
  image: {
    imageId: "0".repeat(32),
    bucket: "original",
    key: "one.jpg",
    etag: "etag",
    sequencer: "1",
    bytes: 1,
    uploadedAt: new Date(0).toISOString(),
  },
  access: { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" },
};

describe("an execution", () => {
  const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  // Both are set by Lambda.
  beforeEach(() => {
    vi.resetModules();
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "some-function");
    vi.stubEnv("_X_AMZN_TRACE_ID", trace);
  });

  it("belongs to the trace of a function that only starts it", async () => {
    const { startExecution } = await import("../../functions/shared/workflow.ts");
    expect(await startExecution(MACHINE, "one", INPUT)).toBe(true);
    expect(headers["x-amzn-trace-id"]).toBe(trace);
    expect(asked.traceHeader).toBeUndefined();
  });

  it.each([
    ["all of them", "1", "1"],
    ["none", "0", "0"],
  ])("begins a trace of its own in start-execution: %s are recorded", async (_, share, sampled) => {
    vi.stubEnv("TRACED_SHARE", share);
    const { startExecution } = await import("../../functions/shared/workflow.ts");
    const { traceHeader } = await import("../../functions/start-execution/trace.ts");
    await startExecution(MACHINE, "one", INPUT, traceHeader());
    expect(headers["x-amzn-trace-id"]).toBeUndefined();
    expect(asked.traceHeader).toMatch(new RegExp(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=${sampled}$`));
  });
});
