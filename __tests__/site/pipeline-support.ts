import type { PipelineImage } from "../../site/src/pipeline/pipeline-api.ts";

const AT = "2026-01-01T00:00:00.000Z";

export function imageIdOf(number: number): string {
  return number.toString(16).padStart(32, "0");
}

/** @param state absent while nothing has begun. */
export function underWay(
  number: number,
  state?: string,
  step: Partial<NonNullable<PipelineImage["step"]>> = {},
): PipelineImage {
  return {
    imageId: imageIdOf(number),
    name: `${number}.jpg`,
    isYours: false,
    status: "PROCESSING",
    since: AT,
    ...(state !== undefined && { step: { name: state, startedAt: AT, retries: 0, ...step } }),
  };
}

export function failed(number: number, state?: string): PipelineImage {
  return {
    imageId: imageIdOf(number),
    name: `${number}.jpg`,
    isYours: false,
    status: "FAILED",
    since: AT,
    failed: { error: "Broken", reason: "It broke.", ...(state !== undefined && { name: state }) },
  };
}
