/** From what S3 writes in an event to the image that an execution is about. */
import { createHash } from "node:crypto";
import * as z from "zod";
import { decodeKey, fileNameOf, imageIdOf, ownerOf } from "../shared/keys.ts";
import type { Image } from "../shared/state.ts";

const s3RecordSchema = z.object({
  eventName: z.string(),
  eventTime: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.int().default(0),
      eTag: z.string().default(""),
      versionId: z.string().optional(),
      sequencer: z.string().default(""),
    }),
  }),
});

/** S3 sends `s3:TestEvent`, which has no records, when a notification is configured. */
const s3MessageSchema = z.union([
  z.object({ Records: z.array(s3RecordSchema) }),
  z.object({ Event: z.literal("s3:TestEvent") }).transform(() => ({ Records: [] })),
]);

/**
 * The images that one queue message tells of: of objects that were made, and of some that were deleted, have expired or were
 * moved away. Test events give none.
 * @throws when the message is not an S3 event.
 */
export function imagesIn(messageBody: string): { uploaded: Image[]; removed: Image[] } {
  const { Records: records } = s3MessageSchema.parse(JSON.parse(messageBody));
  const of = (...kinds: string[]) =>
    records.filter(({ eventName }) => kinds.some((kind) => eventName.startsWith(`${kind}:`))).map(imageFrom);
  return { uploaded: of("ObjectCreated"), removed: of("ObjectRemoved", "LifecycleExpiration") };
}

function imageFrom({ eventTime, s3: { bucket, object } }: z.infer<typeof s3RecordSchema>): Image {
  const key = decodeKey(object.key);
  const owner = ownerOf(key);
  return {
    imageId: imageIdOf(key),
    bucket: bucket.name,
    key,
    // A bucket whose versioning was suspended writes the version "null".
    ...(object.versionId === undefined ? {} : { versionId: object.versionId }),
    etag: object.eTag,
    sequencer: object.sequencer.padStart(SEQUENCER_DIGITS, "0"),
    bytes: object.size,
    uploadedAt: new Date(eventTime).toISOString(),
    ...(owner === undefined ? {} : { owner }),
  };
}

/**
 * Sequencers are hexadecimal and may differ in length; padded on the left they compare as text.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export const SEQUENCER_DIGITS = 32;

/**
 * A name that the same object version always gets, and no other, so that Step Functions refuses a second
 * execution for it. Names take 80 characters of `A-Z a-z 0-9 - _`; the file's own name goes first, for the
 * person who reads the list in the console.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 * @param run gives the same version another name: it is to be processed again.
 */
export function executionName(image: Image, run?: string): string {
  const version = image.versionId ?? `${image.etag}/${image.sequencer}`;
  // A suspended bucket gives every object the version "null": tell those apart by content and order.
  const identity = version === "null" ? `null/${image.etag}/${image.sequencer}` : version;
  const again = run === undefined ? "" : `\n${run}`;
  const hash = createHash("sha256").update(`${image.bucket}/${image.key}\n${identity}${again}`).digest("hex");
  const slug = fileNameOf(image.key)
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  return slug === "" ? hash.slice(0, 32) : `${slug}-${hash.slice(0, 32)}`;
}
