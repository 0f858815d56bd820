/** One item of the table `ImageMetadata`. Whoever writes or reads a part of it picks that part from here. */
import * as z from "zod";
import { cameraSchema, imageSchema, publishedVariantSchema } from "./state.ts";

const pixels = z.int().min(0);

export const imageRecordSchema = z.object({
  imageId: z.string().regex(/^[0-9a-f]{32}$/, "is not an image's id"),
  /** PENDING: announced, and the file not there yet. PROCESSING: an execution is under way. */
  status: z.enum(["PENDING", "PROCESSING", "PROCESSED", "REJECTED", "FAILED"]),
  owner: z.string().optional(),
  /** Given by the uploader, or else the file's. */
  name: z.string().optional(),
  caption: z.string().optional(),
  uploadedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Orders the versions of the original; an item is never overwritten by a lower one. Absent until a first one is there. */
  sequencer: z.string().optional(),
  /** Where the original is, in which version, and what it is. */
  original: imageSchema.pick({ bucket: true, key: true, versionId: true }).extend({
    etag: z.string().optional(),
    bytes: z.int(),
    format: z.string().optional(),
    width: pixels.optional(),
    height: pixels.optional(),
    frames: z.int().optional(),
  }),
  variants: z.array(publishedVariantSchema).default([]),
  camera: cameraSchema.optional(),
  thumbhash: z.string().optional().describe("ThumbHash in base64: what to show while the image loads."),
  dominantColour: z.string().optional(),
  /** Milliseconds, of the steps that were done, and in all from the start of the execution to this record. */
  timingsMs: z.record(z.string(), z.number()).optional(),
  execution: z.object({ arn: z.string(), name: z.string() }).optional(),
  rejection: z
    .object({ code: z.string(), reason: z.string() })
    .optional()
    .describe("Why the file cannot be processed, and what to do."),
  /** What went wrong on our side, for the person who runs this. */
  error: z.object({ name: z.string(), message: z.string() }).optional(),
  /** How often each variant was downloaded, and the original. */
  downloads: z.record(z.string(), z.int()),
  /** Seconds since 1970, of a record that goes unless the file arrives. */
  expiresAt: z.int().optional(),
});
export type ImageRecord = z.infer<typeof imageRecordSchema>;

export type Status = ImageRecord["status"];
export type Outcome = Exclude<Status, "PENDING" | "PROCESSING">;

/** What became of one version of an image. Nothing is left open: what is undefined is not in the item. */
export type OutcomeRecord = Required<Omit<ImageRecord, "downloads" | "expiresAt">> & {
  status: Outcome;
  name: string;
  sequencer: string;
  original: Required<ImageRecord["original"]>;
  timingsMs: { total: number };
  execution: object;
};
