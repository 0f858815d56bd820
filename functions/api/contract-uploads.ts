/** The part of the contract on files that are announced, and sent past the API. */
import * as z from "zod";
import { tagsSchema } from "../shared/tags.ts";
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
} from "./contract-fields.ts";

/** Its maximum is a setting. */
export const fileBytesSchema = z
  .int()
  .min(1, "is less than 1: an empty file is no image")
  .describe("The file's exact size.");

export const uploadRequest = z.strictObject({
  fileName: filledText(200).describe("The file's name, as it is on your machine."),
  contentType: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/, "is not a content type, such as image/jpeg"),
  bytes: fileBytesSchema,
  name: name.optional(),
  caption: caption.optional(),
  tags: tagsSchema.optional(),
  expiresAt: expiresAt.optional(),
  focus: focus.optional(),
  preset: filledText(100)
    .optional()
    .describe("What is made of the image: one of the presets that may be asked for."),
});

const newUpload = uploadRequest.extend({
  inParts: z
    .boolean()
    .default(false)
    .describe(
      "Takes the file in parts as well, for a day: each request of that is signed by POST /uploads/{imageId}/signatures.",
    ),
});

const uploadTicket = z.object({
  imageId,
  uploadUrl: z.url().describe("PUT the file here, with these headers and nothing else, before it expires."),
  filePath: z.string().describe("The file's key in the original bucket."),
  headers: z.record(z.string(), z.string()),
  expiresAt: instant.describe("When the address does."),
  partBytes: z
    .int()
    .optional()
    .describe("What each part has to have, but for the last, where it is sent in parts."),
  links: paths,
});

const uploadId = z.string().min(1).max(1000).describe("As S3 has given it.");

const partsRequest = z.xor(
  [
    z.strictObject({ method: z.literal("POST") }).describe("Begins the upload."),
    z
      .strictObject({ method: z.literal("PUT"), uploadId, partNumber: z.int().min(1).max(10_000) })
      .describe("Sends a part."),
    z
      .strictObject({ method: z.enum(["GET", "POST", "DELETE"]), uploadId })
      .describe("GET: lists the parts that have come. POST: completes the upload. DELETE: ends it without."),
    z.strictObject({ method: z.literal("PUT") }).describe("Sends the file at once."),
  ],
  "is no request of an upload in parts. There are: POST; PUT with uploadId and partNumber (1 to 10,000); GET, POST and DELETE with uploadId; and PUT alone, for all at once",
);

const signedRequest = z.object({
  url: z
    .url()
    .describe(
      "Send the request here, with these headers, before it expires. 412 says that the file is there already.",
    ),
  key: z.string(),
  headers: z.record(z.string(), z.string()),
  expiresAt: instant,
});

export const uploadRoutes = {
  "POST /uploads": {
    summary: "Announces a file, and gives the address to send it to.",
    path: none,
    query: none,
    body: newUpload,
    answers: { 201: uploadTicket },
    problems: [400, 403, 415, 429],
  },
  "POST /uploads/{imageId}/signatures": {
    summary: "Signs one of the requests by which a file that was announced is sent to S3 in parts.",
    path: imagePath,
    query: none,
    body: partsRequest,
    answers: { 200: signedRequest },
    problems: [400, 404],
  },
  "POST /generate-upload-url": {
    summary: "The same as POST /uploads, for programs that know it by this name.",
    path: none,
    query: none,
    body: uploadRequest,
    answers: {
      201: uploadTicket.extend({
        upload_url: z.url().describe("As uploadUrl."),
        file_path: z.string().describe("As filePath."),
      }),
    },
    problems: [400, 403, 415, 429],
  },
} as const;
