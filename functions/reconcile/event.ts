/** What EventBridge tells of an execution: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
import * as z from "zod";
import { imageSchema } from "../shared/state.ts";

const changeSchema = z.object({
  "detail-type": z.literal("Step Functions Execution Status Change"),
  detail: z.object({ input: z.string() }),
});
const inputSchema = z.object({ image: imageSchema.pick({ imageId: true }) });

/** The image that the execution was about; undefined when it is not an execution that is told of. */
export function imageIdIn(event: unknown): string | undefined {
  const change = changeSchema.safeParse(event);
  return change.success ? inputSchema.parse(JSON.parse(change.data.detail.input)).image.imageId : undefined;
}
