/** The record of one image: what became of it, for the table, the notification and the metrics alike. */
import { messageIn, parseRejection } from "../shared/errors.ts";
import type { OutcomeRecord } from "../shared/image-record.ts";
import { fileNameOf } from "../shared/keys.ts";
import type { Execution, State } from "../shared/state.ts";

/** @param recordedAt the time of the record. */
export function imageRecord(state: State, execution: Execution, recordedAt: Date): OutcomeRecord {
  const { image, validate, resize, watermark } = state;
  const facts = validate?.result;
  const conclusion = conclude(state.error);
  return {
    imageId: image.imageId,
    owner: image.owner,
    name: facts?.name ?? fileNameOf(image.key),
    caption: facts?.caption,
    uploadedAt: image.uploadedAt,
    updatedAt: recordedAt.toISOString(),
    sequencer: image.sequencer,
    original: {
      bucket: image.bucket,
      key: image.key,
      versionId: image.versionId,
      etag: image.etag,
      bytes: facts?.bytes ?? image.bytes,
      format: facts?.format,
      width: facts?.width,
      height: facts?.height,
      frames: facts?.frames,
    },
    variants: conclusion.status === "PROCESSED" ? (watermark?.result.variants ?? []) : [],
    camera: facts?.camera,
    thumbhash: resize?.result.thumbhash,
    dominantColour: resize?.result.dominantColour,
    timingsMs: {
      ...(facts && { validate: facts.durationMs }),
      ...(resize && { resize: resize.result.durationMs }),
      ...(watermark && { watermark: watermark.result.durationMs }),
      total: recordedAt.getTime() - Date.parse(execution.startedAt),
    },
    execution: { arn: execution.arn, name: execution.name },
    ...conclusion,
  };
}

type Conclusion = Pick<OutcomeRecord, "status" | "rejection" | "error">;

function conclude(error: State["error"]): Conclusion {
  if (error === undefined) return { status: "PROCESSED", rejection: undefined, error: undefined };
  const message = messageIn(error.Cause);
  if (error.Error === "ImageRejected")
    return { status: "REJECTED", rejection: parseRejection(message), error: undefined };
  const known = message === "" ? "The step did not say what went wrong." : message;
  return { status: "FAILED", rejection: undefined, error: { name: error.Error, message: known } };
}

/**
 * How many bytes a reader is spared: the original against the largest variant in its smallest format. 0 where
 * the variant came out larger.
 */
export function bytesSaved({ original, variants, status }: OutcomeRecord): number {
  if (status !== "PROCESSED" || variants.length === 0) return 0;
  const mostPixels = Math.max(...variants.map(({ width, height }) => width * height));
  const largest = variants.filter(({ width, height }) => width * height === mostPixels);
  return Math.max(0, original.bytes - Math.min(...largest.map(({ bytes }) => bytes)));
}

/** One sentence about the outcome, for a notification. */
export function summarize(record: OutcomeRecord): string {
  switch (record.status) {
    case "PROCESSED":
      return `${record.name} was processed into ${record.variants.length} files.`;
    case "REJECTED":
      return `${record.name} was rejected. ${record.rejection?.reason ?? ""}`.trim();
    case "FAILED":
      return `${record.name} could not be processed: ${record.error?.name ?? "unknown error"}.`;
  }
}
