/** What EventBridge tells of an execution: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
import * as z from "zod";
import { imageSchema } from "../shared/state.ts";

const changeSchema = z.object({
  "detail-type": z.literal("Step Functions Execution Status Change"),
  detail: z.object({
    executionArn: z.string(),
    name: z.string(),
    status: z.string(),
    /** Milliseconds since 1970. */
    startDate: z.number(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
    input: z.string(),
  }),
});
const inputSchema = z.object({ image: imageSchema.pick({ imageId: true, owner: true, sequencer: true }) });

export type BadEnd = Pick<
  z.infer<typeof changeSchema>["detail"],
  "executionArn" | "name" | "status" | "startDate" | "error" | "cause"
> &
  /** What the execution was about. */
  z.infer<typeof inputSchema>;

/** @returns undefined when it is not an execution that is told of. */
export function badEndIn(event: unknown): BadEnd | undefined {
  const { success, data } = changeSchema.safeParse(event);
  if (!success) return undefined;
  const { input, ...end } = data.detail;
  return { ...end, ...inputSchema.parse(JSON.parse(input)) };
}
