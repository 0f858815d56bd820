/** EventBridge Scheduler: schedules that invoke functions. */
import * as z from "zod";
import type { Service } from "../../http/service.ts";
import { assertAssumable } from "../../stack/policies.ts";
import { type Apply, block, blocks, emulated, leftOut } from "../../stack/resource.ts";
import type { Invoke } from "../lambda/index.ts";
import { type Clock, createClock } from "./clock.ts";

export interface Scheduler extends Service {
  run: Clock["run"];
}

const scheduleSchema = z.object({
  name: z.string(),
  schedule_expression: z.string(),
  flexible_time_window: blocks(z.object({ mode: z.literal("OFF", "schedules are on time here") })),
  target: block(
    z.object({
      arn: z.string().regex(/^arn:aws:lambda:/, "schedules invoke functions here"),
      role_arn: z.string(),
      input: z.string().optional(),
    }),
  ),
});

export function createScheduler({ invoke }: { invoke: Invoke }): Scheduler {
  const clock = createClock();

  const schedule: Apply<typeof scheduleSchema> = (settings, context) => {
    const { name, schedule_expression: expression, target } = settings;
    const arn = `arn:aws:scheduler:${context.region}:${context.accountId}:schedule/default/${name}`;
    assertAssumable(context, target.role_arn, {
      service: "scheduler.amazonaws.com",
      arn,
      words: "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    });
    const caller = context.permissions.session(target.role_arn, name);
    const event = target.input ?? JSON.stringify({ source: "aws.scheduler", resources: [arn], detail: {} });
    clock.create(name, expression, async () => {
      const outcome = await invoke(target.arn, event, caller);
      if (outcome.kind === "serviceError") throw new Error(outcome.error.message);
      if (outcome.kind === "functionError") throw new Error(outcome.error.errorMessage);
    });
    return { id: `default/${name}`, name, arn };
  };

  return {
    apis: [],
    resources: {
      aws_scheduler_schedule: emulated(scheduleSchema, schedule),
      aws_lambda_function_event_invoke_config: leftOut("What the clock invokes is not invoked again here."),
    },
    run: clock.run,
    stop: clock.stop,
  };
}
