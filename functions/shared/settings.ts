/**
 * The settings that functions run with. The stack validates them at synth and hands each function what it
 * needs as JSON in its environment; the same schemas read them back at run time.
 */
import * as z from "zod";
import type { OutputFormat } from "./preset.ts";

export const CONTENT_TYPES: Record<OutputFormat, string> = {
  webp: "image/webp",
  jpeg: "image/jpeg",
  avif: "image/avif",
  png: "image/png",
};

export const POSITIONS = [
  "northwest",
  "north",
  "northeast",
  "west",
  "centre",
  "east",
  "southwest",
  "south",
  "southeast",
] as const;

/** What an original may measure. */
export const limitsSchema = z.strictObject({
  /** Largest file, in bytes. More than two billion would take resize half of its minute to fetch, and more than it may hold. */
  maxBytes: z.int().min(1).max(2_000_000_000),
  /** Most pixels: width x height, times the frames of an animation. */
  maxPixels: z.int().min(1).max(1_000_000_000),
  /** Most frames of an animation. */
  maxFrames: z.int().min(1).max(2_000),
});
export type Limits = z.infer<typeof limitsSchema>;

const fraction = z.number().gt(0).max(1);

/** Whether HEIC is accepted: decoding it takes a library that is slower than the others. */
export const heicSchema = z.boolean();

/** The mark put on the variants that are named. */
export const markSchema = z.strictObject({
  /** The words of a text mark; without it the mark is the image that was packed with the function. */
  text: z.string().min(1).max(200).optional(),
  position: z.enum(POSITIONS).default("southeast"),
  /** 0 (exclusive) to 1. */
  opacity: fraction.default(0.6),
  /** Longer side of the mark, as a fraction of the side of a square that is as large as the variant. */
  size: fraction.default(0.25),
  /** Distance from the edges, as a fraction of the variant's shorter side. */
  margin: z.number().min(0).max(0.4).default(0.03),
  /** Names of the variants that are marked. */
  variants: z.array(z.string()),
});
export type Mark = z.infer<typeof markSchema>;

/** What one user may have, and do in a day (of UTC). Images that belong to nobody are the operator's own. */
export const quotasSchema = z.strictObject({
  /** Announced or sent, whatever becomes of them. */
  imagesPerDay: z.int().min(1),
  /** Of originals: what is deleted makes room. */
  bytesStored: z.int().min(1),
  /** Processed at a time: the others wait in the queue. Absent: as many as `concurrency` lets. */
  imagesInFlight: z.int().min(1).optional(),
  /** Images edited, shared, processed again or deleted, on demand. */
  changesPerDay: z.int().min(1),
});
export type Quotas = z.infer<typeof quotasSchema>;

/** `false`: as much as they like. */
export const quotasSettingSchema = z.union([z.literal(false), quotasSchema]);

/** Reads a JSON setting from the function's environment. Throws with the variable's name when it is absent or wrong. */
export function settingFromEnvironment<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
): z.infer<Schema> {
  const parsed = schema.safeParse(JSON.parse(environmentVariable(name)));
  if (!parsed.success)
    throw new Error(`The environment variable ${name} is wrong: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Reads a variable that the stack sets on the function. Throws with its name when it is absent. */
export function environmentVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`The environment variable ${name} is not set on this function.`);
  return value;
}
