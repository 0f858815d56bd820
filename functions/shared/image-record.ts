/** One item of the table `ImageMetadata`. Whoever writes or reads a part of it picks that part from here. */
import * as z from "zod";
import { focusSchema } from "./focus.ts";
import { versionOf } from "./keys.ts";
import { presetSchema } from "./preset.ts";
import { recognitionSchema } from "./recognition.ts";
import { rightsSchema } from "./rights.ts";
import {
  cameraSchema,
  type Execution,
  type Image,
  imageSchema,
  originalSchema,
  placeholderSchema,
  publishedVariantSchema,
} from "./state.ts";

const { key, versionId, etag, bytes, sequencer } = imageSchema.shape;
const { width, height, frames } = originalSchema.shape;

/** How one execution ended, or that it is under way. */
export const attemptSchema = z.object({
  status: z.enum(["PROCESSING", "PROCESSED", "REJECTED", "FAILED"]),
  /** When that was written. */
  at: z.iso.datetime(),
  /** Of one that is over: when it began. */
  startedAt: z.iso.datetime().optional(),
  /** Orders the versions of the original: an attempt for a lower one than the last writes nothing any more. */
  sequencer,
  execution: z.object({ arn: z.string(), name: z.string() }),
  rejection: z
    .object({ code: z.string(), reason: z.string() })
    .optional()
    .describe("Why the file cannot be processed, and what to do."),
  /** What went wrong on our side, for the person who runs this; and in which state of the state machine, where that is known. */
  error: z.object({ name: z.string(), message: z.string(), state: z.string().optional() }).optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** What a successful attempt published, and the version of the original that it was made from. */
export const publicationSchema = z.object({
  /** The folder of its files, which no other attempt writes into: `files/<owner>/<imageId>/<version>/`. */
  version: z.string(),
  at: z.iso.datetime(),
  sequencer,
  original: z.object({ versionId, bytes, format: z.string(), width, height, frames }),
  variants: z.array(publishedVariantSchema),
  preset: presetSchema
    .pick({ name: true, version: true })
    .optional()
    .describe("What it was processed with. Its version changes whenever that makes other files."),
  camera: cameraSchema.optional(),
  rights: rightsSchema.optional().describe("What the published files say of creator and copyright."),
  focus: focusSchema
    .optional()
    .describe(
      "What crops had to keep, as the uploader said: fractions of width and height, from the top left.",
    ),
  recognition: recognitionSchema
    .optional()
    .describe(
      "What Amazon Rekognition sees in it, with its confidence in percent, where the settings ask for that.",
    ),
  ...placeholderSchema.shape,
  /** Milliseconds, of the steps, and in all from the start of the execution to this record. */
  timingsMs: z.record(z.string(), z.number()),
});
export type Publication = z.infer<typeof publicationSchema>;

/**
 * What lists of an owner's images are read from: which images, in which order. They hold keys alone, and tags where there are some:
 * a write that changes none of them costs nothing there. Images of nobody are in none of them.
 */
export const LIST_INDEXES = {
  /** By `owner` and `uploadedAt`. */
  byTime: "byOwner",
  /** By `ownerStatus` and `uploadedAt`. */
  byStatus: "byOwnerStatus",
  /** By `owner` and `nameKey`. */
  byName: "byOwnerName",
  /** By `owner` and `captionKey`: of images that have a caption. */
  byCaption: "byOwnerCaption",
  /** By `taggedOwner` and `uploadedAt`, with `tags` to filter by: of images that have some. */
  byTag: "byOwnerTagged",
} as const;
export type ListIndex = (typeof LIST_INDEXES)[keyof typeof LIST_INDEXES];

/** @returns undefined for an image of nobody. */
export function ownerStatusOf(owner: string | undefined, status: Status): string | undefined {
  return owner === undefined ? undefined : `${owner}#${status}`;
}

const SEARCH_KEY_LENGTH = 100;

/** What names and captions are sorted and searched by: without case and accents, and no longer than anybody types. */
export function searchKeyOf(text: string): string {
  const key = text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, SEARCH_KEY_LENGTH)
    .toWellFormed();
  // The key of an index cannot be empty.
  return key === "" ? "-" : key;
}

/** Images that somebody may have to look at, by `attention` and then by `updatedAt`. */
export const ATTENTION_INDEX = "byAttention";

/** Under way, or failed: what is done, or waits for its uploader, is not in the index. */
export const NEEDS_ATTENTION = ["PROCESSING", "FAILED"] as const;

/** So that many records of one status are not all written to one partition. */
const SHARDS = 4;

/** All values that `attention` has for records of a status. */
export function attentionsOf(status: (typeof NEEDS_ATTENTION)[number]): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => `${status}#${shard}`);
}

/** @returns undefined for a record that nobody has to look at. */
export function attentionOf(imageId: string, status: Status | undefined): string | undefined {
  const shard = Number.parseInt(imageId.charAt(0), 16) % SHARDS;
  return NEEDS_ATTENTION.some((one) => one === status) ? `${status}#${shard}` : undefined;
}

/** Images that go by themselves, by `deletion` and then by `deleteAt`. */
export const DELETION_INDEX = "byDeletion";

/** All values that `deletion` has. */
export const DELETIONS = Array.from({ length: SHARDS }, (_, shard) => `DUE#${shard}`);

/** @returns undefined for an image that stays. */
export function deletionOf(imageId: string, deleteAt: string | undefined): string | undefined {
  return deleteAt === undefined ? undefined : DELETIONS[Number.parseInt(imageId.charAt(0), 16) % SHARDS];
}

/** The version that was tried last; undefined when there was none. @param bucket of the originals. */
export function lastVersion(
  { imageId, owner, uploadedAt, lastAttempt, original, editedFocus }: ImageRecord,
  bucket: string,
): Image | undefined {
  const { key, versionId, etag, bytes } = original;
  if (lastAttempt === undefined || etag === undefined) return undefined;
  const { sequencer } = lastAttempt;
  return {
    imageId,
    owner,
    uploadedAt,
    sequencer,
    bucket,
    key,
    versionId,
    etag,
    bytes,
    ...(editedFocus !== undefined && { focus: editedFocus }),
  };
}

/** The versions whose files a record points to. */
export function versionsIn({
  published,
  previous,
}: {
  [Name in "published" | "previous"]?: Publication | undefined;
}): string[] {
  return [published, previous].flatMap((publication) => publication?.version ?? []);
}

/**
 * Whether an execution of a version may publish yet. Of one that processes again the record may not know: it is told when the execution
 * has started, and only if nothing else has happened meanwhile.
 */
export function mayPublish(
  record: Pick<ImageRecord, "lastAttempt" | "published" | "previous">,
  { sequencer }: Pick<Image, "sequencer">,
  execution: Execution,
): boolean {
  const { lastAttempt: last } = record;
  if (versionsIn(record).includes(versionOf(execution))) return true;
  if (last?.execution.name === execution.name)
    return last.status === "PROCESSING" || last.at < execution.startedAt;
  return (
    last !== undefined && last.sequencer <= sequencer && (last.startedAt ?? last.at) < execution.startedAt
  );
}

/** The files, each once: variants that came out the same share one. */
export function fileKeysOf(publication: Publication | undefined): string[] {
  return [...new Set(publication?.variants.map(({ key }) => key))];
}

export const imageRecordSchema = z.object({
  imageId: z.string().regex(/^[0-9a-f]{32}$/, "is not an image's id"),
  /** That of the last attempt, to filter by; PENDING: announced, and the file not there yet. It says nothing of what is published. */
  status: z.enum(["PENDING", ...attemptSchema.shape.status.options]),
  /** `<status>#<shard>`, of those that need attention. */
  attention: z.string().optional(),
  owner: z.string().optional(),
  /** `<owner>#<status>`: the index of an owner's images of one status. */
  ownerStatus: z.string().optional(),
  /** Of the name: the index of an owner's images by name. */
  nameKey: z.string().optional(),
  /** Given by the uploader, or else the file's. */
  name: z.string().optional(),
  /** Empty once its owner has taken it away. */
  caption: z.string().optional(),
  /** Of the caption, where there is one: the index of an owner's images by caption. */
  captionKey: z.string().optional(),
  tags: z.array(z.string()).optional(),
  /** The owner, of an image that has tags, or had some. */
  taggedOwner: z.string().optional(),
  /** What the owner has said of the image since it was uploaded: it stands, whatever a processing finds in the file's metadata. */
  editedName: z.string().optional(),
  editedNameKey: z.string().optional(),
  editedCaption: z.string().optional(),
  editedCaptionKey: z.string().optional(),
  editedTags: z.array(z.string()).optional(),
  /** For the next processing, as the file's metadata would say it; empty: none. */
  editedFocus: z.string().optional(),
  uploadedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Where the original is, and its version that was tried last; which bucket that is in is configuration. */
  original: z.object({ key, versionId, etag: etag.optional(), bytes }),
  /** Absent until a first file is there. */
  lastAttempt: attemptSchema.optional(),
  /** What is shown. A failed attempt leaves it as it is; a successful one puts its own in its place. */
  published: publicationSchema.optional(),
  /** What was published before that, and can be put back. */
  previous: publicationSchema.optional(),
  /** Since when anybody may see it, and which version of its files was copied for that: the published one, or until it is copied the one before. */
  public: z.object({ since: z.iso.datetime(), version: z.string() }).optional(),
  /** How often each variant was downloaded, and the original. */
  downloads: z.record(z.string(), z.int()),
  /** When its owner wants the image to be gone, in ISO 8601. */
  deleteAt: z.iso.datetime().optional(),
  /** `DUE#<shard>`, of an image that has such a time. */
  deletion: z.string().optional(),
  /** Seconds since 1970, of a record that goes unless the file arrives. */
  expiresAt: z.int().optional(),
});
export type ImageRecord = z.infer<typeof imageRecordSchema>;

export type Status = ImageRecord["status"];
