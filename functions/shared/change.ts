/** One item of the table `ImageChanges`: what has just happened to an owner's image. */
import * as z from "zod";
import { attemptSchema, imageRecordSchema } from "./image-record.ts";

/** A step that has begun, or failed. It is over when the next one begins, or the image is not under way any more. */
export const startedStepSchema = z.object({
  name: z.string().describe("Of its state in the state machine."),
  startedAt: z.iso.datetime(),
  retries: z.int().describe("How often it was begun again."),
  error: z
    .string()
    .optional()
    .describe("The name of the error that this try ended with, unless the file was rejected."),
});
export type StartedStep = z.infer<typeof startedStepSchema>;

/** The step that an attempt ended with; it may never have begun. */
export const failedStepSchema = z.object({ name: z.string(), error: z.string() });

export const changeSchema = z.object({
  imageId: imageRecordSchema.shape.imageId,
  status: z.enum([...attemptSchema.shape.status.options, "DELETED"]),
  step: startedStepSchema.optional(),
  failed: failedStepSchema.optional(),
});
export type Change = z.infer<typeof changeSchema>;

/** They sort by their time, which `change` begins with. */
export const CHANGES_KEY = { hash: "owner", range: "change" } as const;

/** What is told of images that nobody owns is for operators alone. So much of it is not all written to one partition. */
const NOBODYS_SHARDS = 4;

/** Where changes of an image are told. */
export function audienceOf({ imageId, owner }: { imageId: string; owner?: string | undefined }): string {
  return owner ?? `#${Number.parseInt(imageId.charAt(0), 16) % NOBODYS_SHARDS}`;
}
