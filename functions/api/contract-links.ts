/** The part of the contract on links that anybody may open, for a while. */
import * as z from "zod";
import { linkSchema } from "../shared/link.ts";
import { OUTPUT_FORMATS } from "../shared/preset.ts";
import { imagePath, instant, none, text, YEAR_SECONDS } from "./contract-fields.ts";

const id = linkSchema.shape.linkId;
const note = text(200).optional().describe("For yourself, such as whom it is for.");

const newLinkSchema = z.strictObject({
  variant: z.string().min(1).max(50).describe("Of those that are published."),
  format: z.enum(OUTPUT_FORMATS).optional().describe("Without it, the first that the variant has."),
  expiresInSeconds: z.int().min(60).max(YEAR_SECONDS).describe("From a minute to a year."),
  note,
});

const madeLinkSchema = z
  .object({
    id,
    url: z
      .url()
      .describe("Can be opened without signing in. It is told this once: only a hash of it is kept."),
    expiresAt: instant,
  })
  .meta({ id: "MadeLink" });

const keptLinkSchema = z
  .object({
    id,
    ...linkSchema.pick({ variant: true, format: true, createdAt: true, uses: true, lastUsedAt: true }).shape,
    note,
    expiresAt: instant,
  })
  .meta({ id: "Link" });

export const linkRoutes = {
  "POST /images/{imageId}/links": {
    summary:
      "Makes a link to a variant, as it is published whenever the link is opened, for as long as you say.",
    path: imagePath,
    query: none,
    body: newLinkSchema,
    answers: { 201: madeLinkSchema },
    problems: [404, 409, 429],
  },
  "GET /images/{imageId}/links": {
    summary: "Lists the image's links that have not expired, newest first, with how often they were opened.",
    path: imagePath,
    query: none,
    answers: { 200: z.object({ links: z.array(keptLinkSchema) }) },
    problems: [404],
  },
  "DELETE /images/{imageId}/links/{linkId}": {
    summary: "Revokes a link. Repeating it is harmless.",
    path: z.strictObject({ ...imagePath.shape, linkId: id }),
    query: none,
    answers: { 204: undefined },
    problems: [404],
  },
  "GET /l/{token}": {
    summary: "Opens such a link: redirects to the file, and counts that.",
    path: z.strictObject({ token: z.string().max(200) }),
    query: none,
    answers: { 302: undefined },
    problems: [404, 410],
    isPublic: true,
  },
} as const;
