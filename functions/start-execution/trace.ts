/**
 * Which executions X-Ray has a trace of: decided once, where they start. Lambda's own rate is one a second and 5 % of the
 * others, which cannot be set, and at most hours that is all of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { settingFromEnvironment } from "../shared/settings.ts";
import { sfn } from "../shared/workflow.ts";

// The SDK sends this function's trace along, which AWS heeds before that which an execution is started with.
sfn.middlewareStack.remove("recursionDetectionMiddleware");

const tracedShare = settingFromEnvironment("TRACED_SHARE", z.number());

/** @returns a new trace: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
export function traceHeader(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const isTraced = Math.random() < tracedShare;
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")};Sampled=${isTraced ? 1 : 0}`;
}
