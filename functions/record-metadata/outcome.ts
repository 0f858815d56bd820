/** What became of one version of an image: for the table, the notification and the metrics alike. */
import { ImageRejected, messageIn, parseRejection } from "../shared/errors.ts";
import { type Attempt, fileKeysOf, type ImageRecord, type Publication } from "../shared/image-record.ts";
import { fileNameOf, versionOf } from "../shared/keys.ts";
import { type Recognised, type Recognition, recognitionSchema } from "../shared/recognition.ts";
import type { Execution, Resized, Staged, State } from "../shared/state.ts";

export interface Outcome
  extends Pick<ImageRecord, "imageId" | "owner" | "caption" | "tags" | "uploadedAt" | "original"> {
  /** Given by the uploader, or else the file's. */
  name: string;
  attempt: Attempt & { status: "PROCESSED" | "REJECTED" | "FAILED" };
  /** Of a success, and of nothing else. */
  publication?: Publication;
  /** Whether it came far enough to have written variants. */
  mayHaveFiles: boolean;
  /** Of the execution. */
  startedAt: string;
  /** From then, in milliseconds. */
  totalMs: number;
}

/** @param endedAt the time of the record. */
export function outcomeOf(state: State, execution: Execution, endedAt: Date): Outcome {
  const { imageId, owner, uploadedAt, sequencer, key, versionId, etag, bytes } = state.image;
  const facts = state.validate?.result;
  const totalMs = endedAt.getTime() - Date.parse(execution.startedAt);
  const publication = state.error ? undefined : publicationOf(state, execution, { endedAt, totalMs });
  return {
    imageId,
    owner,
    name: facts?.name ?? fileNameOf(key),
    caption: facts?.caption,
    tags: facts?.tags,
    uploadedAt,
    original: { key, versionId, etag, bytes },
    attempt: {
      ...conclusionOf(state),
      at: endedAt.toISOString(),
      startedAt: execution.startedAt,
      sequencer,
      execution: { arn: execution.arn, name: execution.name },
    },
    ...(publication && { publication }),
    mayHaveFiles: state.resize !== undefined,
    startedAt: execution.startedAt,
    totalMs,
  };
}

/** @throws when the steps before have not all told what they did, which the state machine does not let happen. */
function publicationOf(
  { image, validate, resize, watermark }: State,
  execution: Execution,
  { endedAt, totalMs }: { endedAt: Date; totalMs: number },
): Publication {
  const seen = watermark?.result.copied ?? stagedIn(resize?.result);
  if (!validate || !resize || !watermark || !seen)
    throw new Error("Not all steps were done, and none has failed.");
  const { format, width, height, frames, bytes, camera, rights, focus } = validate.result;
  return {
    version: versionOf(execution),
    at: endedAt.toISOString(),
    sequencer: image.sequencer,
    original: { versionId: image.versionId, bytes, format, width, height, frames },
    variants: watermark.result.variants,
    ...(image.preset && { preset: { name: image.preset.name, version: image.preset.version } }),
    camera,
    rights,
    focus,
    recognition: watermark.result.copied?.recognition ?? recognitionIn(watermark.recognised),
    thumbhash: seen.thumbhash,
    dominantColour: seen.dominantColour,
    timingsMs: {
      validate: validate.result.durationMs,
      resize: resize.result.durationMs,
      watermark: watermark.result.durationMs,
      ...(watermark.recognised?.durationMs !== undefined && { recognise: watermark.recognised.durationMs }),
      total: totalMs,
    },
  };
}

/** @returns undefined where nothing was staged. */
export function stagedIn(resized: Resized | undefined): Staged | undefined {
  return resized && "variants" in resized ? resized : undefined;
}

/** Which bytes the files are of, as far as that is known. */
export function contentIn(resized: Resized | undefined): string | undefined {
  return resized && "duplicateOf" in resized ? resized.duplicateOf.content : resized?.content;
}

/** Without what is of no interest later. */
function recognitionIn(recognised: Recognised | undefined): Recognition | undefined {
  return recognised && recognitionSchema.parse(recognised);
}

/**
 * Only when all is made: a step that is still at work when its neighbour ends with an error would write files that nobody
 * takes away.
 * @throws ImageRejected (MODERATED)
 */
export function assertShowable({ error, watermark }: State): void {
  const withheldFor = watermark?.recognised?.withheldFor ?? [];
  if (error || withheldFor.length === 0) return;
  const seen = new Intl.ListFormat("en").format(withheldFor.map((name) => `"${name}"`));
  throw new ImageRejected(
    "MODERATED",
    `The picture is not shown, since a program has seen ${seen} in it. If it is mistaken, ask whoever runs this.`,
  );
}

function conclusionOf(state: State): Pick<Outcome["attempt"], "status" | "rejection" | "error"> {
  const { error } = state;
  if (error === undefined) return { status: "PROCESSED" };
  const message = messageIn(error.Cause);
  if (error.Error === "ImageRejected") return { status: "REJECTED", rejection: parseRejection(message) };
  const known = message === "" ? "The step did not say what went wrong." : message;
  return { status: "FAILED", error: { name: error.Error, message: known, state: failedState(state) } };
}

/** By its name in the state machine: the first that has no result. */
export function failedState({ validate, resize, watermark }: State): string {
  if (validate === undefined) return "Validate";
  if (resize === undefined) return "Resize";
  return watermark === undefined ? "Watermark" : "RecordMetadata";
}

/**
 * How many bytes a reader is spared: the original against the largest variant in its smallest format. 0 where
 * the variant came out larger.
 */
export function bytesSaved({ original, variants }: Publication): number {
  const mostPixels = Math.max(...variants.map(({ width, height }) => width * height));
  const largest = variants.filter(({ width, height }) => width * height === mostPixels);
  return Math.max(0, original.bytes - Math.min(...largest.map(({ bytes }) => bytes)));
}

/** One sentence about the outcome, for a notification. */
export function summarize({ name, attempt, publication }: Outcome): string {
  switch (attempt.status) {
    case "PROCESSED":
      return `${name} was processed into ${fileKeysOf(publication).length} files.`;
    case "REJECTED":
      return `${name} was rejected. ${attempt.rejection?.reason ?? ""}`.trim();
    case "FAILED":
      return `${name} could not be processed: ${attempt.error?.name ?? "unknown error"}.`;
  }
}
