import { describe, expect, it } from "vitest";
import { bytesSaved, outcomeOf, summarize } from "../../functions/record-metadata/outcome.ts";
import type { PublishedVariant, State } from "../../functions/shared/state.ts";

const EXECUTION = {
  arn: "arn:aws:states:eu-west-1:1:execution:w:n",
  name: "n",
  startedAt: "2026-01-02T03:04:00.000Z",
};
const recordedAt = new Date("2026-01-02T03:04:02.500Z");
const IMAGE = {
  imageId: "id",
  bucket: "photos",
  key: "users/ann/cat.jpg",
  versionId: "v1",
  etag: "e",
  sequencer: "01",
  bytes: 5000,
  uploadedAt: "2026-01-02T03:03:59.000Z",
  owner: "ann",
};
const variant = (name: string, width: number, format: "webp" | "jpeg", bytes: number): PublishedVariant => ({
  name,
  format,
  key: `id/${name}.${format}`,
  width,
  height: width,
  bytes,
});
const variants = [
  variant("large", 800, "webp", 1000),
  variant("large", 800, "jpeg", 1500),
  variant("small", 100, "webp", 90),
];
const processed: State = {
  image: IMAGE,
  validate: {
    result: {
      format: "jpeg",
      width: 900,
      height: 900,
      frames: 1,
      bytes: 5000,
      name: "Cat",
      caption: "asleep",
      camera: { make: "Canon" },
      durationMs: 7,
    },
  },
  resize: { result: { variants: [], thumbhash: "aGk=", dominantColour: "#123456", durationMs: 80 } },
  watermark: { result: { variants, durationMs: 200 } },
};
const outcome = (state: State) => outcomeOf(state, EXECUTION, recordedAt);
const caught = (name: string, cause?: string): State => ({
  image: IMAGE,
  error: { Error: name, ...(cause !== undefined && { Cause: cause }) },
});
const lambdaCause = (errorMessage: string) =>
  JSON.stringify({ errorType: "x", errorMessage, trace: ["secret"] });

describe("the outcome", () => {
  it("of a processed image publishes all that the steps found out", () => {
    const execution = { arn: EXECUTION.arn, name: "n" };
    expect(outcome(processed)).toMatchObject({
      imageId: "id",
      owner: "ann",
      name: "Cat",
      caption: "asleep",
      original: { key: "users/ann/cat.jpg", versionId: "v1", bytes: 5000 },
      attempt: { status: "PROCESSED", sequencer: "01", at: "2026-01-02T03:04:02.500Z", execution },
      publication: {
        version: expect.stringMatching(/^[0-9a-f]{16}$/),
        sequencer: "01",
        original: { versionId: "v1", bytes: 5000, format: "jpeg", width: 900 },
        variants,
        camera: { make: "Canon" },
        thumbhash: "aGk=",
        dominantColour: "#123456",
        timingsMs: { validate: 7, resize: 80, watermark: 200, total: 2500 },
      },
    });
  });

  it("of two executions of the same version is published apart", () => {
    const other = outcomeOf(processed, { ...EXECUTION, arn: `${EXECUTION.arn}-2` }, recordedAt);
    expect(other.publication?.version).not.toBe(outcome(processed).publication?.version);
  });

  it("of a rejected one has the reason for the person who uploaded it, and no trace", () => {
    const rejected = outcome(
      caught("ImageRejected", lambdaCause("EMPTY: The file is empty. Upload it again.")),
    );
    expect(rejected).toMatchObject({
      name: "cat.jpg",
      attempt: {
        status: "REJECTED",
        rejection: { code: "EMPTY", reason: "The file is empty. Upload it again." },
      },
    });
    expect(rejected.publication).toBeUndefined();
    expect(JSON.stringify(rejected)).not.toContain("secret");
  });

  it.each([
    [
      "a crash",
      caught("Runtime.ExitError", lambdaCause("signal: killed")),
      { name: "Runtime.ExitError", message: "signal: killed" },
    ],
    [
      "a timeout, which has no cause",
      caught("States.Timeout"),
      { name: "States.Timeout", message: expect.stringMatching(/./) },
    ],
    [
      "a cause that is plain text",
      caught("Lambda.Unknown", "it broke"),
      { name: "Lambda.Unknown", message: "it broke" },
    ],
  ])("of %s has error and message", (_, state, error) => {
    expect(outcome(state).attempt).toMatchObject({ status: "FAILED", error });
  });

  it("of a failure publishes nothing, however far it came", () => {
    const failed = outcome({ ...processed, error: { Error: "TimeoutError" } });
    expect(failed.attempt.status).toBe("FAILED");
    expect(failed.publication).toBeUndefined();
  });
});

describe("bytes saved", () => {
  const { publication } = outcome(processed);
  if (!publication) throw new Error("Nothing was published.");
  it("are the original's less the largest variant's in its smallest format", () => {
    expect(bytesSaved(publication)).toBe(4000);
  });
  it("are none when the variant came out larger", () => {
    expect(bytesSaved({ ...publication, original: { ...publication.original, bytes: 10 } })).toBe(0);
  });
});

it("the summary is a sentence about the outcome", () => {
  expect(summarize(outcome(processed))).toBe("Cat was processed into 3 files.");
  expect(summarize(outcome(caught("ImageRejected", lambdaCause("EMPTY: The file is empty."))))).toBe(
    "cat.jpg was rejected. The file is empty.",
  );
  expect(summarize(outcome(caught("States.Timeout")))).toBe(
    "cat.jpg could not be processed: States.Timeout.",
  );
});
