/** What Amazon Rekognition sees in a picture. */
import * as z from "zod";

const percent = z.number().min(0).max(100);

/** What is asked for, and what comes of it. Confidence is in percent. */
export const recognitionSettingSchema = z
  .strictObject({
    /** What is to be seen: things, scenes, activities. */
    labels: z.boolean().default(false),
    /** What a host may not want to show. */
    moderation: z.boolean().default(false),
    /** Labels of less are left out. */
    minConfidence: percent.default(75),
    maxLabels: z.int().min(1).max(100).default(20),
    /** From here on an image is not published. */
    withholdConfidence: percent.min(1).default(80),
  })
  .refine(({ labels, moderation }) => labels || moderation, "asks for neither labels nor moderation");
export type RecognitionSetting = z.infer<typeof recognitionSettingSchema>;

const labelSchema = z.object({ name: z.string(), confidence: percent });
export type Label = z.infer<typeof labelSchema>;

/** Of an image that was looked at. What was not asked for is absent. */
export const recognitionSchema = z.object({
  labels: z.array(labelSchema).optional(),
  /** Whatever of it is suspected, and by how much. */
  moderation: z.array(labelSchema).optional(),
  /** Says which model, or that there was none: on one machine a stand-in answers. */
  model: z.string().optional(),
  /** Why it was not looked at. It is published all the same. */
  notRecognised: z.string().optional(),
});
export type Recognition = z.infer<typeof recognitionSchema>;

/** What the step `recognise` tells. */
export const recognisedSchema = recognitionSchema.extend({
  /** The names of what is not to be published. */
  withheldFor: z.array(z.string()).default([]),
  /** Of a step that came to its end. */
  durationMs: z.number().optional(),
});
export type Recognised = z.infer<typeof recognisedSchema>;
