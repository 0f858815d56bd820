import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import type { Outcome } from "../../functions/record-metadata/outcome.ts";
import { standInForAws } from "../fixtures/stand-in.ts";

let published = new URLSearchParams();
standInForAws(
  async (request, response) => {
    const body = await text(request);
    if (request.headers["x-amz-target"] === "AWSEvents.PutEvents") return response.end('{"Entries": [{}]}');
    published = new URLSearchParams(body);
    response.end(
      "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
    );
  },
  { OUTCOME_TOPIC_ARN: "arn:aws:sns:us-east-1:111111111111:outcomes", EVENT_SOURCE: "image-pipeline" },
);

const OUTCOME: Omit<Outcome, "attempt"> = {
  imageId: "0123",
  name: "Cat",
  original: { key: "users/ann/cat.jpg", etag: "e", bytes: 1 },
  uploadedAt: "2026-01-02T03:04:00.000Z",
  mayHaveFiles: false,
  startedAt: "2026-01-02T03:04:00.000Z",
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
