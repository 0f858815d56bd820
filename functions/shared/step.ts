/**
 * What every step of the state machine has around its core: input checked, image and execution on every log
 * line, errors logged, duration in the result.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import * as z from "zod";
import { startedStepSchema } from "./change.ts";
import { ImageRejected, ImageSuperseded, NotCopied } from "./errors.ts";
import { accessSchema, executionSchema, imageSchema } from "./state.ts";
import { tellChange } from "./tell-change.ts";
import { Throttled, throttledOr } from "./throttled.ts";

export const logger = new Logger();

/** What each step gets: the image, the execution, and what the step itself asks for. */
export const stepInputSchema = z.object({
  execution: executionSchema,
  image: imageSchema,
  /** Of a step whose start the image's owner is told of. */
  step: startedStepSchema.omit({ error: true }).optional(),
});

/** Of the steps that open what strangers sent. */
export const decoderInputSchema = stepInputSchema.extend({ access: accessSchema });

/**
 * Makes a Lambda handler of a step.
 * @param inputSchema what the state machine must hand over; anything else is an `InvalidInput` error.
 * @param core does the step's work; its result becomes the step's part of the state, with `durationMs` added.
 */
export function step<Input extends z.infer<typeof stepInputSchema>, Output extends object>(
  inputSchema: z.ZodType<Input>,
  core: (input: Input) => Promise<Output>,
) {
  return middy<Input, Output & { durationMs: number }, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(checkedInput(inputSchema))
    .use(logged())
    .handler(async (input: Input) => {
      const startedAt = performance.now();
      // Beside what the step asks for first: nobody waits for it.
      const told = tell(input);
      try {
        const output = await core(input);
        return { ...output, durationMs: Math.round(performance.now() - startedAt) };
      } catch (thrown) {
        const error = throttledOr(thrown);
        // How a file was rejected is told with the outcome; what cannot be copied is made.
        if (
          error instanceof Error &&
          !(error instanceof ImageRejected || error instanceof ImageSuperseded || error instanceof NotCopied)
        )
          await tell(input, error.name);
        throw error;
      } finally {
        await told;
      }
    });
}

async function tell({ image, step }: z.infer<typeof stepInputSchema>, error?: string): Promise<void> {
  if (step === undefined) return;
  const { imageId, owner } = image;
  await tellChange(owner, { imageId, status: "PROCESSING", step: { ...step, ...(error && { error }) } });
}

class InvalidInput extends Error {
  override readonly name = "InvalidInput";
}

function checkedInput<Input>(schema: z.ZodType<Input>): middy.MiddlewareObj<Input> {
  return {
    before: (request) => {
      const parsed = schema.safeParse(request.event);
      if (!parsed.success)
        throw new InvalidInput(`The step's input is wrong: ${z.prettifyError(parsed.error)}`);
      request.event = parsed.data;
    },
  };
}

/** How many there are is enough for a log line; the rest is in the execution's history, and in the record. */
function withoutLists(result: object): object {
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name, Array.isArray(value) ? value.length : value]),
  );
}

function logged(): middy.MiddlewareObj<z.infer<typeof stepInputSchema>> {
  return {
    before: ({ event }) => {
      logger.appendKeys({
        imageId: event.image.imageId,
        bucket: event.image.bucket,
        key: event.image.key,
        execution: event.execution.name,
      });
    },
    after: ({ response }) => {
      logger.info("Step done", { result: response && withoutLists(response) });
    },
    onError: ({ error }) => {
      if (error instanceof ImageRejected) logger.warn("Image rejected", { reason: error.message });
      else if (error instanceof ImageSuperseded) logger.info("Image superseded", { reason: error.message });
      else if (error instanceof Throttled) logger.warn("Step throttled", { error });
      else if (error instanceof NotCopied) logger.warn("Duplicate not copied", { reason: error.message });
      else logger.error("Step failed", { error });
    },
  };
}
