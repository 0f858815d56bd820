import { describe, expect, it } from "vitest";
import { bytesSaved, imageRecord, summarize } from "../../functions/record-metadata/record.ts";
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
  contentType: `image/${format}`,
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
  watermark: { result: { variants, superseded: false, durationMs: 200 } },
};
const record = (state: State) => imageRecord(state, EXECUTION, recordedAt);
const caught = (name: string, cause?: string): State => ({
  image: IMAGE,
  error: { Error: name, ...(cause !== undefined && { Cause: cause }) },
});
const lambdaCause = (errorMessage: string) =>
  JSON.stringify({ errorType: "x", errorMessage, trace: ["secret"] });

describe("the record", () => {
  it("of a processed image tells all that the steps found out", () => {
    expect(record(processed)).toMatchObject({
      imageId: "id",
      status: "PROCESSED",
      owner: "ann",
      name: "Cat",
      caption: "asleep",
      sequencer: "01",
      original: {
        bucket: "photos",
        key: "users/ann/cat.jpg",
        versionId: "v1",
        bytes: 5000,
        format: "jpeg",
        width: 900,
      },
      variants,
      camera: { make: "Canon" },
      thumbhash: "aGk=",
      dominantColour: "#123456",
      timingsMs: { validate: 7, resize: 80, watermark: 200, total: 2500 },
      execution: { name: "n" },
      rejection: undefined,
      error: undefined,
    });
  });

  it("of a rejected one has the reason for the person who uploaded it, and no trace", () => {
    const rejected = record(
      caught("ImageRejected", lambdaCause("EMPTY: The file is empty. Upload it again.")),
    );
    expect(rejected).toMatchObject({
      status: "REJECTED",
      name: "cat.jpg",
      rejection: { code: "EMPTY", reason: "The file is empty. Upload it again." },
      error: undefined,
      variants: [],
    });
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
    expect(record(state)).toMatchObject({ status: "FAILED", error, rejection: undefined });
  });

  it("of a failure keeps what the steps before it found out, but claims no variants", () => {
    const failed = record({ ...processed, error: { Error: "TimeoutError" } });
    expect(failed).toMatchObject({ status: "FAILED", thumbhash: "aGk=", variants: [] });
  });
});

describe("bytes saved", () => {
  it("are the original's less the largest variant's in its smallest format", () => {
    expect(bytesSaved(record(processed))).toBe(4000);
  });
  it("are none when the variant came out larger, or nothing did", () => {
    const tiny = record(processed);
    expect(bytesSaved({ ...tiny, original: { ...tiny.original, bytes: 10 } })).toBe(0);
    expect(bytesSaved(record(caught("ImageRejected", "")))).toBe(0);
  });
});

it("the summary is a sentence about the outcome", () => {
  expect(summarize(record(processed))).toBe("Cat was processed into 3 files.");
  expect(summarize(record(caught("ImageRejected", lambdaCause("EMPTY: The file is empty."))))).toBe(
    "cat.jpg was rejected. The file is empty.",
  );
  expect(summarize(record(caught("States.Timeout")))).toBe("cat.jpg could not be processed: States.Timeout.");
});
