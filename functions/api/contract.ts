/**
 * The contract of the REST API: what each route takes and gives. Requests are validated against it, and the
 * OpenAPI document is made from it.
 */
import * as z from "zod";
import { changeSchema, startedStepSchema } from "../shared/change.ts";
import { attemptSchema, imageRecordSchema, publicationSchema } from "../shared/image-record.ts";
import { placeholderSchema, publishedVariantSchema } from "../shared/state.ts";
import { tagSchema, tagsTextSchema } from "../shared/tags.ts";
import { editRoutes } from "./contract-edit.ts";
import {
  caption,
  expiresAt,
  filledText,
  focus,
  imageId,
  imagePath,
  instant,
  name,
  none,
  paths,
  status,
} from "./contract-fields.ts";
import { linkRoutes } from "./contract-links.ts";
import { pipelineRoutes } from "./contract-pipeline.ts";
import { uploadRequest, uploadRoutes } from "./contract-uploads.ts";

/** Files up to this size can be sent in one request: base64 makes them a third larger, and Lambda takes 6 MB. */
export const MAX_DIRECT_BYTES = 4_000_000;

const link = z.url().describe("Can be opened without signing in, for 15 minutes.");
const fileLink = z
  .url()
  .describe(
    "Can be opened without signing in, for a day at least, and stays the same until midnight (UTC). For 15 minutes where there is no web app.",
  );

const publicSchema = z
  .object({
    since: z.iso.datetime(),
    addresses: z
      .record(z.string(), z.url())
      .describe(
        "By variant. Anybody may open them, also after the image was processed again; they lead to the format that the browser takes.",
      ),
  })
  .meta({ id: "Public" });
export type PublicView = z.infer<typeof publicSchema>;

const { rejection } = attemptSchema.shape;
const failure = z.string().optional().describe("What happened, when it was not the file's fault.");

/**
 * An image, as the API shows it: what is published of it, with links, whatever has become of the last attempt; and the
 * last attempt.
 */
export const imageSchema = imageRecordSchema
  .pick({ imageId: true, uploadedAt: true, updatedAt: true })
  .extend(
    publicationSchema
      .pick({
        thumbhash: true,
        dominantColour: true,
        camera: true,
        preset: true,
        rights: true,
        focus: true,
        recognition: true,
        timingsMs: true,
      })
      .partial().shape,
  )
  .extend({
    status: status.describe("Of the last attempt. What is published before it stays."),
    name: z.string(),
    caption: z.string().optional(),
    tags: z.array(z.string()).optional().describe("Absent where there are none."),
    expiresAt: instant.optional().describe("When the image goes by itself, where it does."),
    original: publicationSchema.shape.original
      .pick({ bytes: true, format: true, width: true, height: true, frames: true })
      .partial()
      .extend({ url: link.optional().describe("Saves the file that was uploaded last, whatever is in it.") })
      .describe(
        "The file that the variants were made from; where there are none, the one that was uploaded last.",
      ),
    variants: z.array(
      publishedVariantSchema.omit({ key: true }).extend({ contentType: z.string(), url: fileLink }),
    ),
    lastAttempt: attemptSchema
      .pick({ status: true, at: true, rejection: true })
      .extend({ failure })
      .optional()
      .describe("Absent until the file has arrived."),
    rejection,
    failure,
    public: publicSchema.optional().describe("Absent where nobody but you may see it."),
    downloads: z.object({ total: z.int(), byVariant: imageRecordSchema.shape.downloads }),
    links: paths
      .extend({
        execution: z
          .string()
          .optional()
          .describe(
            "For operators, of one image: its last execution, with each attempt, its log lines and what to do where it failed.",
          ),
        console: z.url().optional().describe("The same in AWS's console, if there is one."),
      })
      .describe("Paths of this API, but for the console."),
  })
  .meta({ id: "Image" });
export type ImageView = z.infer<typeof imageSchema>;

const acceptedSchema = z.object({ imageId, status, links: paths }).meta({ id: "Accepted" });

export const stepSchema = z
  .object({
    name: z.string(),
    status: z.enum(["RUNNING", "SUCCEEDED", "FAILED", "CAUGHT"]),
    startedAt: instant,
    durationMs: z.number().optional(),
    retries: z.int(),
    error: z.string().optional().describe("The name of the last error."),
  })
  .meta({ id: "Step" });
export type Step = z.infer<typeof stepSchema>;

/** What happened to an image since it was last asked: parts of it may have been told before. */
export const imageChangeSchema = changeSchema
  .omit({ step: true })
  .extend({
    status: changeSchema.shape.status.describe(
      "The last that was told. DELETED: there is no such image any more.",
    ),
    at: instant,
    steps: z
      .array(startedStepSchema)
      .describe("Those of the last attempt that have begun since. One ends when the next begins."),
  })
  .meta({ id: "ImageChange" });
export type ImageChange = z.infer<typeof imageChangeSchema>;

const changesSchema = z
  .object({
    changes: z.array(imageChangeSchema),
    isCut: z.boolean().describe("More has changed than is told: list the images anew."),
    cursor: instant.describe("`since` of the next request."),
    waitMs: z.int().describe("How long to wait before it: short while something is under way."),
  })
  .meta({ id: "Changes" });
export type Changes = z.infer<typeof changesSchema>;

/** RFC 9457 */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("What to do about it."),
  })
  .meta({ id: "Problem" });

const downloadSchema = z
  .object({ url: link, fileName: z.string(), expiresAt: instant })
  .meta({ id: "Download" });

const embedSchema = z
  .object({
    html: z.string().describe("A <picture>, to be put into a page as it is."),
    sources: z.array(z.object({ type: z.string(), srcset: z.string() })),
    img: z.object({
      src: z.url(),
      srcset: z.string(),
      width: z.int(),
      height: z.int(),
      alt: z.string().describe("The caption."),
    }),
    sizes: z.string(),
    dominantColour: placeholderSchema.shape.dominantColour,
    placeholder: z
      .string()
      .optional()
      .describe("A small blurred picture, as a data URL; none for one that can be seen through."),
  })
  .meta({ id: "Embed" });
export type EmbedView = z.infer<typeof embedSchema>;

const used = (what: string) =>
  z
    .object({ used: z.int(), quota: z.int().optional().describe("Absent where there is none.") })
    .describe(what);

const meSchema = z
  .object({
    images: used("Sent today."),
    changes: used("Changes today: images edited, shared, processed again or deleted."),
    bytes: used("Of originals that are stored, or announced and still expected."),
    imagesInFlight: used("Processed now, as far as they are counted: more than the quota wait."),
    newDayAt: instant.describe("When today's counts begin anew."),
    isOperator: z.boolean().describe("Whether you may see the pipeline, with everybody's images in it."),
  })
  .meta({ id: "Me" });

export interface RouteContract {
  summary: string;
  path: z.ZodObject;
  query: z.ZodObject;
  /** Of a JSON body; "file" for a body that is a file. */
  body?: z.ZodType | "file";
  /** The statuses of success, and what is in the body. */
  answers: Record<number, z.ZodType | undefined>;
  /** The problems that a caller may meet beside 401, 429 and 500. */
  problems: readonly number[];
  isPublic?: true;
  /** Not for every user: 403 for others. */
  isForOperators?: true;
}

export const routes = {
  ...uploadRoutes,
  "POST /images": {
    summary:
      "Sends a small file at once: as multipart/form-data (file, name, caption, tags, focus, preset, expiresAt) or as a raw image.",
    path: none,
    query: z.strictObject({
      fileName: uploadRequest.shape.fileName.optional(),
      name: name.optional(),
      caption: caption.optional(),
      tags: tagsTextSchema.optional(),
      expiresAt: expiresAt.optional(),
      focus: focus.optional(),
      preset: uploadRequest.shape.preset,
    }),
    body: "file",
    answers: { 202: acceptedSchema },
    problems: [400, 403, 415, 429],
  },
  "GET /images": {
    summary: "Lists your images, newest first, or as you like.",
    path: none,
    query: z.strictObject({
      status: status.optional(),
      sort: z
        .enum(["newest", "oldest", "name"])
        .default("newest")
        .describe("An image has a name in lists from when it is announced, or done."),
      search: filledText(100)
        .optional()
        .describe(
          "What names or captions begin with, whatever the case and the accents: first by name, then by caption those whose name begins otherwise. A page may have fewer than `limit`, or none, and still not be the last.",
        ),
      tag: tagSchema
        .optional()
        .describe(
          "Those that have this tag. A page may have fewer than `limit`, or none, and still not be the last.",
        ),
      imageIds: z
        .string()
        .regex(/^[0-9a-f]{32}(,[0-9a-f]{32}){0,49}$/, "is not a list of at most 50 images' ids")
        .optional()
        .describe(
          "These images, in this order, in place of a list. Those that are not yours, or gone, are left out.",
        ),
      limit: z.coerce.number().int().min(1).max(50).default(20),
      cursor: z
        .string()
        .max(1000)
        .optional()
        .describe("`nextCursor` of the page before, which may have fewer images than `limit`."),
      variantsUpTo: z.coerce
        .number()
        .int()
        .min(1)
        .optional()
        .describe(
          "Shows variants of at most this width in pixels, and always the smallest: enough for a list.",
        ),
    }),
    answers: { 200: z.object({ images: z.array(imageSchema), nextCursor: z.string().optional() }) },
    problems: [400],
  },
  "GET /me": {
    summary: "Shows what you have used, and what you may.",
    path: none,
    query: none,
    answers: { 200: meSchema },
    problems: [],
  },
  "GET /images/changes": {
    summary: "Tells what has changed: which of your images began a step, came to their end or were deleted.",
    path: none,
    query: z.strictObject({
      since: instant
        .optional()
        .describe(
          "`cursor` of the answer before, or any time of the last day. Without it: what is under way.",
        ),
    }),
    answers: { 200: changesSchema },
    problems: [400],
  },
  "GET /images/{imageId}": {
    summary: "Shows an image, with links to its files.",
    path: imagePath,
    query: none,
    answers: { 200: imageSchema },
    problems: [404],
  },
  "GET /images/{imageId}/history": {
    summary: "Shows how the image was processed, step by step.",
    path: imagePath,
    query: none,
    answers: {
      200: z.object({
        status: z.string(),
        startedAt: instant,
        endedAt: instant.optional(),
        steps: z.array(stepSchema),
      }),
    },
    problems: [404],
  },
  "GET /images/{imageId}/download/{variant}": {
    summary:
      "Redirects to a variant's file (`large`, or `large.jpeg`), and counts the download. Whoever accepts application/json gets the address instead.",
    path: z.strictObject({ imageId, variant: z.string().min(1).max(50) }),
    query: none,
    answers: { 200: downloadSchema, 302: undefined },
    problems: [404],
  },
  ...editRoutes,
  ...linkRoutes,
  "POST /images/{imageId}/reprocess": {
    summary: "Processes the stored original again.",
    path: imagePath,
    query: none,
    answers: { 202: acceptedSchema },
    problems: [404, 409, 429],
  },
  "DELETE /images/{imageId}": {
    summary: "Deletes the image: record, variants and original. Repeating it is harmless.",
    path: imagePath,
    query: none,
    answers: { 204: undefined },
    problems: [409, 429],
  },
  "POST /images/{imageId}/publish": {
    summary: "Makes the image public: anybody may see its variants. Repeating it is harmless.",
    path: imagePath,
    query: none,
    answers: { 200: publicSchema },
    problems: [404, 409, 429],
  },
  "DELETE /images/{imageId}/publish": {
    summary: "Takes the image back: within a minute, nobody else sees it any more. Repeating it is harmless.",
    path: imagePath,
    query: none,
    answers: { 204: undefined },
    problems: [404],
  },
  "GET /images/{imageId}/embed": {
    summary: "Gives HTML that shows a public image in any page, in the size and the format that fit.",
    path: imagePath,
    query: z.strictObject({
      sizes: filledText(500)
        .optional()
        .describe("How wide the page shows it, as `sizes` of HTML has it: (min-width: 600px) 50vw, 100vw."),
    }),
    answers: { 200: embedSchema },
    problems: [404, 409],
  },
  "GET /p/{imageId}/{name}": {
    summary: "Leads to a variant of a public image, in the best format that the browser takes.",
    path: z.strictObject({ imageId, name: z.string().min(1).max(60) }),
    query: none,
    answers: { 302: undefined },
    problems: [404],
    isPublic: true,
  },
  ...pipelineRoutes,
  "GET /openapi.json": {
    summary: "This contract.",
    path: none,
    query: none,
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    problems: [],
    isPublic: true,
  },
} as const satisfies Record<string, RouteContract>;

export type RouteKey = keyof typeof routes;
export type PathOf<Key extends RouteKey> = z.infer<(typeof routes)[Key]["path"]>;
export type QueryOf<Key extends RouteKey> = z.infer<(typeof routes)[Key]["query"]>;
export type BodyOf<Key extends RouteKey> = (typeof routes)[Key] extends {
  body: infer Body extends z.ZodType;
}
  ? z.infer<Body>
  : undefined;
