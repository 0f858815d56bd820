/**
 * What travels through the state machine: references and small facts, never bytes.
 * `start-execution` makes `image`; each step adds its result under its own name.
 */
import * as z from "zod";
import { focusSchema } from "./focus.ts";
import { OUTPUT_FORMATS, presetSchema } from "./preset.ts";
import { recognisedSchema, recognitionSchema } from "./recognition.ts";
import { rightsSchema } from "./rights.ts";

export const ACCEPTED_FORMATS = ["jpeg", "png", "webp", "avif", "gif", "tiff", "heic"] as const;
export type AcceptedFormat = (typeof ACCEPTED_FORMATS)[number];

const caughtSchema = z.object({ Error: z.string(), Cause: z.string().optional() });

/** What was published of a file that is as large as another one of the same owner. */
export const sameSizeSchema = z.object({
  /** Of its bytes, and of all else that decides what its files are. */
  content: z.string(),
  imageId: z.string(),
  version: z.string(),
});
export type SameSize = z.infer<typeof sameSizeSchema>;

/** One version of one original object. */
export const imageSchema = z.object({
  imageId: z.string().min(1),
  bucket: z.string().min(1),
  key: z.string().min(1),
  /** Absent when the bucket is not versioned. */
  versionId: z.string().optional(),
  etag: z.string(),
  /** Orders the versions of one key: zero-padded hexadecimal, compared as text. */
  sequencer: z.string(),
  bytes: z.int().min(0),
  /** ISO 8601. */
  uploadedAt: z.string(),
  /** The user whose folder the object is in; absent outside `users/<owner>/`. */
  owner: z.string().optional(),
  /** Absent from executions that began before there were presets: the functions' own variants count. */
  preset: presetSchema.optional(),
  /** What the owner has said since, in place of what the object's metadata say; empty: none. */
  focus: z.string().optional(),
  /** Why the file is to be rejected, whatever is in it: what was asked for cannot be had. */
  refusal: z.string().optional(),
  refusalCode: z.enum(["WRONG_METADATA", "QUOTA"]).optional(),
  /** What may turn out to be of the same bytes. Whoever wants an image processed again says nothing of it. */
  sameSize: z.array(sameSizeSchema).optional(),
  /** Why the files of such an image could not be copied: it is processed like any other, then. */
  notCopied: caughtSchema.optional(),
});
export type Image = z.infer<typeof imageSchema>;

/** What an execution is given to get at its image, for an hour: no step that opens strangers' files has a right to any other. */
export const accessSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
});
export type Access = z.infer<typeof accessSchema>;

/** The execution that a step runs in, from the state machine's context object. */
export const executionSchema = z.object({ arn: z.string(), name: z.string(), startedAt: z.string() });
export type Execution = z.infer<typeof executionSchema>;

export const cameraSchema = z.object({
  make: z.string().optional(),
  model: z.string().optional(),
  /** Local time as the camera wrote it, with its offset from UTC when it wrote one. */
  takenAt: z.string().optional(),
});
export type Camera = z.infer<typeof cameraSchema>;

/** What `validate` found out about the original. Width and height are after orientation, of one frame. */
export const originalSchema = z.object({
  format: z.enum(ACCEPTED_FORMATS),
  width: z.int(),
  height: z.int(),
  frames: z.int(),
  bytes: z.int(),
  name: z.string().optional(),
  caption: z.string().optional(),
  tags: z.array(z.string()).optional(),
  camera: cameraSchema.optional(),
  /** Where they are kept. */
  rights: rightsSchema.optional(),
  /** Said by the uploader. */
  focus: focusSchema.optional(),
  durationMs: z.number(),
});
export type Original = z.infer<typeof originalSchema>;

/**
 * One variant's pixels in the staging bucket: raw 8-bit sRGB samples, frames below one another. Several variants are in one
 * object, and those that come out the same are in one place.
 */
export const stagedVariantSchema = z.object({
  name: z.string(),
  key: z.string(),
  /** Where they begin in the object, in bytes. */
  offset: z.int().min(0).default(0),
  width: z.int(),
  /** Of one frame. */
  height: z.int(),
  /** 3: RGB. 4: RGB and alpha, not premultiplied. */
  channels: z.union([z.literal(3), z.literal(4)]),
});
export type StagedVariant = z.infer<typeof stagedVariantSchema>;

export const animationSchema = z.object({
  /** Milliseconds that each frame is shown. */
  delaysMs: z.array(z.int()),
  /** How often it plays; 0 is for ever. */
  loop: z.int(),
});
export type Animation = z.infer<typeof animationSchema>;

/** What a page shows until the picture is there. */
export const placeholderSchema = z.object({
  thumbhash: z.string().describe("ThumbHash (about 25 bytes) in base64: what to show while the image loads."),
  dominantColour: z.string().describe("As `#rrggbb`."),
});
export type Placeholder = z.infer<typeof placeholderSchema>;

/** What `resize` staged, and what it saw on the way. */
export const stagedSchema = z.object({
  variants: z.array(stagedVariantSchema),
  animation: animationSchema.optional(),
  /** Of the samples, where it is not sRGB. */
  colourSpace: z.literal("display-p3").optional(),
  ...placeholderSchema.shape,
  /** As in `sameSizeSchema`. */
  content: z.string().optional(),
  durationMs: z.number(),
});
export type Staged = z.infer<typeof stagedSchema>;

/** In place of that: the files are published already, for an image of the same bytes. */
export const duplicateSchema = z.object({ duplicateOf: sameSizeSchema, durationMs: z.number() });
export type Duplicate = z.infer<typeof duplicateSchema>;

export const resizedSchema = z.union([duplicateSchema, stagedSchema]);
export type Resized = z.infer<typeof resizedSchema>;

/** A variant in one format. Variants that come out the same have the same key: the file is there once. */
export const publishedVariantSchema = z.object({
  name: z.string(),
  format: z.enum(OUTPUT_FORMATS),
  key: z.string(),
  width: z.int().min(0),
  height: z.int().min(0),
  bytes: z.int(),
});
export type PublishedVariant = z.infer<typeof publishedVariantSchema>;

/** What `watermark` wrote to the processed bucket. */
export const publishedSchema = z.object({
  variants: z.array(publishedVariantSchema),
  /** Of copies, with what was seen when they were made. */
  copied: placeholderSchema.extend({ recognition: recognitionSchema.optional() }).optional(),
  durationMs: z.number(),
});
export type Published = z.infer<typeof publishedSchema>;

const stepResult = <Schema extends z.ZodType>(schema: Schema) => z.object({ result: schema }).optional();

/** The whole state, as `record-metadata` gets it: the steps that were reached, and the error if one was caught. */
export const stateSchema = z.object({
  image: imageSchema,
  validate: stepResult(originalSchema),
  resize: stepResult(resizedSchema),
  watermark: z
    .object({
      result: publishedSchema,
      /** Of the step beside it, where the setting has it. */
      recognised: recognisedSchema.optional(),
    })
    .optional(),
  error: caughtSchema.optional(),
  /** When it was recorded and could not be told. */
  untold: caughtSchema.optional(),
});
export type State = z.infer<typeof stateSchema>;

/** The error of a step, which the state machine puts into the cause of its own; undefined when there is none in it. */
export function caughtIn(cause: string): State["error"] {
  try {
    return stateSchema.shape.error.parse(JSON.parse(cause));
  } catch {
    return undefined;
  }
}
