/** Whose picture it is, as its file says and as published files say again. */
import * as z from "zod";

export const rightsSchema = z.object({ creator: z.string().optional(), copyright: z.string().optional() });
export type Rights = z.infer<typeof rightsSchema>;

/** What of an original's metadata published files have too. Nothing else ever comes through: no place, no serial number. */
export const keepMetadataSchema = z.array(z.enum(["copyright", "displayP3"]));
export type KeepMetadata = z.infer<typeof keepMetadataSchema>;
