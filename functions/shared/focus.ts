/** Where the subject of a picture is, so that what crops it keeps that. */
import * as z from "zod";

const fraction = z.number().min(0).max(1);

/** Fractions of the upright picture's width and height, from its top left. */
export const focusSchema = z.object({ x: fraction, y: fraction });
export type Focus = z.infer<typeof focusSchema>;

/** The object metadata `x-amz-meta-focus`, which people may set too. */
export const FOCUS_METADATA = "focus";

/** How headers, forms and queries say it. */
export const focusTextSchema = z
  .string()
  .trim()
  .regex(
    /^(0?\.\d{1,9}|0(\.0{1,9})?|1(\.0{1,9})?) *, *(0?\.\d{1,9}|0(\.0{1,9})?|1(\.0{1,9})?)$/,
    'takes two fractions of width and height, from the top left, such as "0.5,0.2"',
  );

/** @returns undefined when it is none. */
export function parseFocus(text: string): Focus | undefined {
  const parsed = focusTextSchema.safeParse(text);
  if (!parsed.success) return undefined;
  const [x = 0, y = 0] = parsed.data.split(",").map(Number);
  return { x, y };
}
