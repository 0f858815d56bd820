/** The part of the contract on what an owner says of an image that is there. */
import * as z from "zod";
import { focusSchema } from "../shared/focus.ts";
import { tagsSchema } from "../shared/tags.ts";
import {
  caption,
  expiresAt,
  focus,
  imageId,
  imagePath,
  instant,
  name,
  none,
  paths,
  status,
  YEAR_SECONDS,
} from "./contract-fields.ts";

const editSchema = z.strictObject({
  name: name.nullable().optional().describe("null: the file's own."),
  caption: caption.nullable().optional().describe("null: none."),
  tags: tagsSchema.nullable().optional().describe("In place of all that there are. null: none."),
  focus: focus
    .nullable()
    .optional()
    .describe(
      "What crops are to keep, from the next processing on, such as 0.5,0.2. null: nothing of its own.",
    ),
  expiresAt: expiresAt.nullable().optional().describe("When the image goes by itself. null: it stays."),
  expiresInSeconds: z
    .int()
    .min(10)
    .max(YEAR_SECONDS)
    .optional()
    .describe("The same, from now on: for whose clock may be wrong. It goes before expiresAt."),
  reprocess: z
    .boolean()
    .default(false)
    .describe(
      "Processes the image again at once, so that another focus is seen. It counts as one change with the rest.",
    ),
});

const editedSchema = z
  .object({
    imageId,
    status,
    name: z.string(),
    caption: z.string().optional(),
    tags: z.array(z.string()),
    focus: focusSchema.optional().describe("What the next processing keeps, as far as it was said here."),
    isFocusPending: z
      .boolean()
      .describe("The files that are published were cropped by another focus, and none is being made yet."),
    expiresAt: instant.optional(),
    links: paths,
  })
  .meta({ id: "Edited" });

export const editRoutes = {
  "PATCH /images/{imageId}": {
    summary:
      "Changes name, caption, tags, focus or the time of its end: those that are given. What is said here stands, whatever a later processing finds in the file's metadata.",
    path: imagePath,
    query: none,
    body: editSchema,
    answers: { 200: editedSchema, 202: editedSchema },
    problems: [404, 409, 429],
  },
} as const;
