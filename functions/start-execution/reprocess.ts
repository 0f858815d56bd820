/** From what an operator asks for to the image that an execution is about: one that is there already. */
import * as z from "zod";
import type { ImageRecord } from "../shared/image-record.ts";
import { imageIdOf, ownerOf } from "../shared/keys.ts";
import type { Image } from "../shared/state.ts";
import type { CurrentVersion } from "../shared/storage.ts";
import { SEQUENCER_DIGITS } from "./s3-event.ts";

const reprocessSchema = z.strictObject({
  bucket: z.string().min(1),
  /** As it is, not URL-encoded as in events. */
  key: z.string().min(1),
  /** Which time the operator asked: the same run processes a version once, however often its message is delivered. */
  run: z.string().min(1).max(100),
});
export type ReprocessRequest = z.infer<typeof reprocessSchema>;

/**
 * What a queue message asks to be processed again; undefined when it asks for nothing, and so is an event of S3.
 * @throws when it asks in a way that cannot be understood.
 */
export function parseReprocess(messageBody: string): ReprocessRequest | undefined {
  const body: unknown = JSON.parse(messageBody);
  const asks = typeof body === "object" && body !== null && "reprocess" in body;
  return asks ? z.strictObject({ reprocess: reprocessSchema }).parse(body).reprocess : undefined;
}

/**
 * The version that is under the key now, with a place in the order of versions that nobody but S3's events knows:
 * that of the record when this is the version it is about; right above it when it is another one, so that this one wins
 * against it and loses against whatever S3 tells of later; the lowest when nothing is recorded.
 * @param record undefined when there is none.
 */
export function imageToReprocess(
  { bucket, key }: ReprocessRequest,
  current: CurrentVersion,
  record: Pick<ImageRecord, "lastAttempt" | "uploadedAt" | "original" | "editedFocus"> | undefined,
): Image {
  const { versionId, etag } = record?.original ?? {};
  const isRecorded = versionId === current.versionId && etag === current.etag;
  const owner = ownerOf(key);
  return {
    imageId: imageIdOf(key),
    bucket,
    key,
    ...current,
    // To the millisecond, where S3 tells the second only.
    uploadedAt: record && isRecorded ? record.uploadedAt : current.uploadedAt,
    sequencer: reprocessSequencer(record?.lastAttempt?.sequencer, isRecorded),
    ...(owner === undefined ? {} : { owner }),
    ...(record?.editedFocus === undefined ? {} : { focus: record.editedFocus }),
  };
}

/** They compare as text: one that is a digit longer is above the one that it starts with, and below all others above that. */
function reprocessSequencer(recorded: string | undefined, isRecorded: boolean): string {
  if (recorded === undefined) return "0".repeat(SEQUENCER_DIGITS);
  return isRecorded ? recorded : `${recorded}0`;
}
