/** How long each state of the workflow has a function at work, for a photograph of 12 megapixels, warm: from what docs/costs.md is made of. */
import { ASSUMED } from "../tools/costs/assumptions.ts";
import { recorded, type Step } from "../tools/costs/measured.ts";
import { usageOf } from "../tools/costs/usage.ts";

/** In the order of the workflow. */
export const STEP_SECONDS = {
  Validate: secondsOf("validate"),
  Resize: secondsOf("resize"),
  Watermark: secondsOf("watermark"),
  RecordMetadata: secondsOf("record-metadata"),
};

export const WORK_SECONDS = Object.values(STEP_SECONDS).reduce((sum, seconds) => sum + seconds, 0);

function secondsOf(step: Step): number {
  const photograph = recorded.photographs.find(({ megapixels }) => megapixels === 12);
  if (photograph === undefined) throw new Error("No photograph of 12 megapixels was measured.");
  return usageOf(photograph, recorded, ASSUMED).lambda[step].invokeMs / 1000;
}
