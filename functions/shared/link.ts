/** One item of the table `Links`: an address under which anybody sees one variant of an image, for a while. */
import * as z from "zod";
import { imageRecordSchema } from "./image-record.ts";
import { OUTPUT_FORMATS } from "./preset.ts";

export const LINKS_KEY = { hash: "imageId", range: "linkId" } as const;

export const linkSchema = z.object({
  imageId: imageRecordSchema.shape.imageId,
  /** A hash of the token: who reads the table cannot open what is in it. */
  linkId: z.string().regex(/^[0-9a-f]{32}$/, "is not a link's id"),
  variant: z.string(),
  /** Absent: the first that the variant has. */
  format: z.enum(OUTPUT_FORMATS).optional(),
  note: z.string().optional(),
  createdAt: z.iso.datetime(),
  /** Seconds since 1970. The item goes some time after it. */
  expiresAt: z.int(),
  uses: z.int(),
  lastUsedAt: z.iso.datetime().optional(),
});
export type Link = z.infer<typeof linkSchema>;

export function isOver({ expiresAt }: Pick<Link, "expiresAt">): boolean {
  return expiresAt * 1000 <= Date.now();
}
