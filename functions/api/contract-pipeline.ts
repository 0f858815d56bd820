/** The part of the contract for those who run the pipeline: what is in it, of everybody, and what became of it. */
import * as z from "zod";
import { failedStepSchema, startedStepSchema } from "../shared/change.ts";
import { attemptSchema, imageRecordSchema, NEEDS_ATTENTION } from "../shared/image-record.ts";
import { imageId, imagePath, instant, none } from "./contract-fields.ts";

const errors = z.array(z.string()).describe("Names of errors, or `States.ALL`.");

const stateSchema = z
  .object({
    type: z.string().describe("As in the Amazon States Language: Task, Choice, Parallel, Succeed, …"),
    next: z.array(z.string()).describe("Where it leads: several of a Choice, none of an end."),
    retry: z.array(
      z.object({
        errors,
        intervalSeconds: z.number(),
        maxAttempts: z.int(),
        backoffRate: z.number(),
        maxDelaySeconds: z.number().optional(),
      }),
    ),
    catch: z.array(z.object({ errors, next: z.string() })),
  })
  .meta({ id: "PipelineState" });

const definitionSchema = z
  .object({ startAt: z.string(), states: z.record(z.string(), stateSchema) })
  .meta({ id: "PipelineDefinition" });
export type PipelineDefinition = z.infer<typeof definitionSchema>;

const pipelineImageSchema = z
  .object({
    imageId: imageRecordSchema.shape.imageId,
    name: z.string().describe("Of the file."),
    owner: z.string().optional().describe("Absent where it is nobody's."),
    isYours: z.boolean(),
    status: z.enum(NEEDS_ATTENTION),
    since: instant,
    step: startedStepSchema
      .optional()
      .describe(
        "The last that was told to have begun. Absent until one was, and of an image that has failed.",
      ),
    failed: failedStepSchema
      .extend({ reason: z.string() })
      .partial({ name: true })
      .optional()
      .describe("Of an image that has failed: where, as far as it is known (for a day), and why."),
  })
  .meta({ id: "PipelineImage" });
export type PipelineImage = z.infer<typeof pipelineImageSchema>;

const endedSchema = z
  .object({
    imageId: imageRecordSchema.shape.imageId,
    status: attemptSchema.shape.status.exclude(["PROCESSING"]),
    at: instant,
  })
  .meta({ id: "PipelineEnded" });
export type PipelineEnded = z.infer<typeof endedSchema>;

const pipelineImagesSchema = z
  .object({
    underWay: z.array(pipelineImageSchema).describe("Those that have waited longest first."),
    failed: z.array(pipelineImageSchema).describe("The newest first."),
    isCut: z.boolean().describe("There are more."),
    ended: z
      .array(endedSchema)
      .describe("Those of the images that `ended` asks for whose last attempt is over."),
    waitMs: z.int().describe("How long to wait before asking again: short while something is under way."),
  })
  .meta({ id: "PipelineImages" });
export type PipelineImages = z.infer<typeof pipelineImagesSchema>;

const json = z.string().optional().describe("JSON, cut where it is long.");

const visitSchema = z
  .object({
    name: z.string(),
    enteredAt: instant,
    exitedAt: instant.optional(),
    input: json,
    output: json,
    attempts: z.array(
      z.object({
        startedAt: instant,
        endedAt: instant.optional(),
        waitedMs: z.number().optional().describe("After the attempt before it."),
        error: z.string().optional(),
        cause: z.string().optional(),
        logUrl: z
          .url()
          .optional()
          .describe(
            "Of an attempt that failed: what its function logged, in AWS's console, if there is one.",
          ),
      }),
    ),
  })
  .meta({ id: "PipelineVisit" });

const executionSchema = z
  .object({
    name: z.string(),
    status: z.string(),
    startedAt: instant,
    endedAt: instant.optional(),
    consoleUrl: z.url().optional().describe("Absent where there is no console."),
    advice: z.string().optional().describe("What to do, where it has failed."),
    states: z.array(visitSchema).describe("In the order in which they were entered."),
  })
  .meta({ id: "PipelineExecution" });
export type PipelineExecution = z.infer<typeof executionSchema>;

const imageIds = z.array(imageId).min(1).max(25);

const reprocessedSchema = z
  .object({
    started: z.array(imageId),
    refused: z.array(z.object({ imageId, reason: attemptSchema.shape.error.unwrap().shape.message })),
  })
  .meta({ id: "Reprocessed" });
export type Reprocessed = z.infer<typeof reprocessedSchema>;

export const pipelineRoutes = {
  "GET /pipeline/definition": {
    summary: "Shows what the state machine is made of.",
    path: none,
    query: none,
    answers: { 200: definitionSchema },
    problems: [],
    isForOperators: true,
  },
  "GET /pipeline/images": {
    summary: "Shows everybody's images that are under way, with their steps, and those that have failed.",
    path: none,
    query: z.strictObject({
      ended: z
        .string()
        .regex(/^[0-9a-f]{32}(,[0-9a-f]{32}){0,24}$/, "is not a list of at most 25 images' ids")
        .optional()
        .describe(
          "Images that were in an answer before and may be in none now: tells how they have ended. Those that are gone are left out.",
        ),
    }),
    answers: { 200: pipelineImagesSchema },
    problems: [400],
    isForOperators: true,
  },
  "GET /pipeline/images/{imageId}/execution": {
    summary: "Shows an image's last execution: each state with input, output and attempts.",
    path: imagePath,
    query: none,
    answers: { 200: executionSchema },
    problems: [404, 503],
    isForOperators: true,
  },
  "POST /pipeline/reprocess": {
    summary: "Processes images again, whoever they belong to.",
    path: none,
    query: none,
    body: z.strictObject({ imageIds }),
    answers: { 200: reprocessedSchema },
    problems: [],
    isForOperators: true,
  },
} as const;
