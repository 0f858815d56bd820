import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

let headers: IncomingHttpHeaders = {};
const endpoint = createServer((request, response) => {
  ({ headers } = request);
  response.setHeader("content-type", "application/x-amz-json-1.0");
  response.end(
    JSON.stringify({ executionArn: "arn:aws:states:us-east-1:111111111111:execution:s:one", startDate: 0 }),
  );
});

beforeAll(async () => {
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
  const address = endpoint.address();
  if (address === null || typeof address === "string") throw new Error("There is no port.");
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${address.port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});

afterAll(() => {
  endpoint.close();
  vi.unstubAllEnvs();
});

it("an execution belongs to the trace of the function that starts it, so that an upload has one trace", async () => {
  const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  // Both are set by Lambda.
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "start-execution");
  vi.stubEnv("_X_AMZN_TRACE_ID", trace);
  const { startExecution } = await import("../../functions/shared/workflow.ts");
  const image = {
    imageId: "0".repeat(32),
    bucket: "original",
    key: "one.jpg",
    etag: "etag",
    sequencer: "1",
    bytes: 1,
    uploadedAt: new Date(0).toISOString(),
  };
  const access = { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" };
  const machine = "arn:aws:states:us-east-1:111111111111:stateMachine:s";
  const isStarted = await startExecution(machine, "one", { image, access });
  expect(isStarted).toBe(true);
  expect(headers["x-amzn-trace-id"]).toBe(trace);
});
