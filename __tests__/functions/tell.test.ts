import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Outcome } from "../../functions/record-metadata/outcome.ts";

let published = new URLSearchParams();
const endpoint = createServer(async (request, response) => {
  const body = await text(request);
  if (request.headers["x-amz-target"] === "AWSEvents.PutEvents") return response.end('{"Entries": [{}]}');
  published = new URLSearchParams(body);
  response.end("<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>");
});

beforeAll(async () => {
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
  const address = endpoint.address();
  if (address === null || typeof address === "string") throw new Error("There is no port.");
  vi.resetModules();
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${address.port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("OUTCOME_TOPIC_ARN", "arn:aws:sns:us-east-1:111111111111:outcomes");
  vi.stubEnv("EVENT_SOURCE", "image-pipeline");
});

afterAll(() => {
  endpoint.close();
  vi.unstubAllEnvs();
  // What comes after has clients of its own.
  vi.resetModules();
});

const OUTCOME: Omit<Outcome, "attempt"> = {
  imageId: "0123",
  name: "Cat",
  original: { key: "users/ann/cat.jpg", etag: "e", bytes: 1 },
  uploadedAt: "2026-01-02T03:04:00.000Z",
  mayHaveFiles: false,
  totalMs: 5000,
};
const about = { sequencer: "1", at: "2026-01-02T03:04:05.000Z", execution: { arn: "arn", name: "n" } };

it.each<[string, Outcome]>([
  ["Cat was processed into 0 files.", { ...OUTCOME, attempt: { ...about, status: "PROCESSED" } }],
  [
    "Cat was rejected. The file is empty.",
    {
      ...OUTCOME,
      attempt: { ...about, status: "REJECTED", rejection: { code: "EMPTY", reason: "The file is empty." } },
    },
  ],
  [
    "Cat could not be processed: TimeoutError.",
    { ...OUTCOME, attempt: { ...about, status: "FAILED", error: { name: "TimeoutError", message: "x" } } },
  ],
])("people who have subscribed are written, and programs told in JSON: %s", async (summary, outcome) => {
  const { tell } = await import("../../functions/record-metadata/tell.ts");
  await tell(outcome, "photos");
  expect(published.get("MessageStructure")).toBe("json");
  const messages = JSON.parse(published.get("Message") ?? "");
  expect(messages.email).toBe(`${summary}\n\nIts original is s3://photos/users/ann/cat.jpg, its id 0123.`);
  expect(JSON.parse(messages.default)).toMatchObject({ summary, status: outcome.attempt.status });
});
