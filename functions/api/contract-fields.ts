/** What several routes of the contract take or give. */
import * as z from "zod";
import { focusTextSchema } from "../shared/focus.ts";
import { imageRecordSchema } from "../shared/image-record.ts";

/** Of so many characters, as JSON Schema counts them: one outside of the Basic Multilingual Plane is one. */
export const text = (most: number) =>
  z
    .string()
    .trim()
    .refine((given) => [...given].length <= most, `has more than ${most} characters`)
    .meta({ maxLength: most });
export const filledText = (most: number) =>
  text(most).regex(/\S/, "is blank").meta({ minLength: 1, maxLength: most });

export const name = filledText(200).describe(
  "What the image is called. Any text; shown as text, never as markup.",
);
export const caption = text(2000).describe("What the image shows. Any text.");
export const focus = focusTextSchema.describe(
  "What crops are to keep: fractions of the upright picture's width and height, from its top left, such as 0.5,0.2.",
);

export const { imageId, status } = imageRecordSchema.shape;
export const YEAR_SECONDS = 365 * 24 * 60 * 60;
export const instant = z.iso.datetime();
export const expiresAt = instant.describe(
  "When the image goes by itself, with all that was made of it: a time that is to come, in UTC. It is not shown from then on, and deleted within six minutes.",
);
export const paths = z.object({ self: z.string(), history: z.string() });

export const none = z.strictObject({});
export const imagePath = z.strictObject({ imageId });
