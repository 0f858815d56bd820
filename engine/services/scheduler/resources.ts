/** Schedules, and what they invoke. */
import * as z from "zod";
import { StackError } from "../../stack/read.ts";
import { type Apply, blocks, read } from "../../stack/resource.ts";
import { assertAssumable } from "../iam/resources.ts";

const scheduleSchema = z.object({
  name: z.string(),
  schedule_expression: z.string(),
  flexible_time_window: blocks(z.object({ mode: z.literal("OFF", "schedules are on time here") })),
  target: blocks(
    z.object({
      arn: z.string().regex(/^arn:aws:lambda:/, "schedules invoke functions here"),
      role_arn: z.string(),
      input: z.string().optional(),
    }),
  ),
});

export const schedule: Apply = (resource, services) => {
  const { schedules, functions, permissions, region, accountId } = services;
  const { name, schedule_expression, target: targets } = read(scheduleSchema, resource);
  const [target] = targets;
  if (!target) throw new StackError(`${resource.address} has no target.`);
  const arn = `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`;
  assertAssumable(resource, services, target.role_arn, {
    service: "scheduler.amazonaws.com",
    arn,
    words: "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
  });
  const caller = permissions.session(target.role_arn, name);
  const event = target.input ?? JSON.stringify({ source: "aws.scheduler", resources: [arn], detail: {} });
  schedules.create(name, schedule_expression, async () => {
    const outcome = await functions.invoke(target.arn, event, caller);
    if (outcome.kind === "serviceError") throw new Error(outcome.error.message);
    if (outcome.kind === "functionError") throw new Error(outcome.error.errorMessage);
  });
  return { id: `default/${name}`, name, arn };
};
