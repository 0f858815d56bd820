/** EventBridge: rules that invoke functions for what happens in the account. Here that is how executions begin and end. */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { EngineContext } from "../../context.ts";
import type { Service } from "../../http/service.ts";
import type { Caller } from "../../iam/index.ts";
import { type Apply, absent, emulated, json } from "../../stack/resource.ts";
import type { Invoke } from "../lambda/index.ts";
import type { ExecutionEvent } from "../step-functions/events.ts";
import { matches, patternSchema } from "./pattern.ts";

const ruleSchema = z.object({
  name: z.string(),
  event_pattern: json(patternSchema),
  schedule_expression: absent("what the clock invokes is a schedule here"),
  event_bus_name: absent("there is one bus here"),
  state: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
});

const WHOLE_EVENT = "targets get the whole event here";

const targetSchema = z.object({
  rule: z.string(),
  arn: z.string().regex(/^arn:aws:lambda:/, "rules invoke functions here"),
  input: absent(WHOLE_EVENT),
  input_path: absent(WHOLE_EVENT),
  input_transformer: absent(WHOLE_EVENT),
});

interface Rule {
  arn: string;
  isEnabled: boolean;
  pattern: z.infer<typeof patternSchema>;
  targets: { functionArn: string; caller: Caller }[];
}

export function createEventbridge(
  { region, accountId, events }: EngineContext,
  { invoke }: { invoke: Invoke },
): Service {
  const rules = new Map<string, Rule>();

  const rule: Apply<typeof ruleSchema> = ({ name, event_pattern: pattern, state }) => {
    const arn = `arn:aws:events:${region}:${accountId}:rule/${name}`;
    rules.set(name, { arn, pattern, isEnabled: state === "ENABLED", targets: [] });
    return { id: name, name, arn };
  };

  const target: Apply<typeof targetSchema> = ({ rule: name, arn: functionArn }, { permissions, address }) => {
    const known = rules.get(name);
    if (!known) throw new Error(`there is no rule ${name}`);
    const caller = permissions.service("events.amazonaws.com", known.arn);
    known.targets.push({ functionArn, caller });
    return { id: address };
  };

  events.on("execution", (event) => {
    const told = statusChange(event, { region, accountId });
    if (told === undefined) return;
    for (const { isEnabled, pattern, targets } of rules.values()) {
      if (!isEnabled || !matches(pattern, told)) continue;
      // What goes wrong in the function is in its log.
      for (const { functionArn, caller } of targets)
        void invoke(functionArn, JSON.stringify(told), caller).catch(() => undefined);
    }
  });

  return {
    apis: [],
    resources: {
      aws_cloudwatch_event_rule: emulated(ruleSchema, rule),
      aws_cloudwatch_event_target: emulated(targetSchema, target),
    },
  };
}

/** What AWS tells of STANDARD executions, and of no others: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
function statusChange(event: ExecutionEvent, { region, accountId }: { region: string; accountId: string }) {
  if (event.type !== "started" && event.type !== "ended") return undefined;
  const { arn, name, input, end, startedAt } = event.execution;
  if (arn.includes(":express:")) return undefined;
  const now = new Date();
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    account: accountId,
    time: now.toISOString(),
    region,
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: arn.replace(":execution:", ":stateMachine:").slice(0, -name.length - 1),
      name,
      startDate: startedAt.getTime(),
      stopDate: end ? now.getTime() : null,
      input,
      inputDetails: { included: true },
      output: null,
      error: null,
      cause: null,
      ...(end ?? { status: "RUNNING" }),
    },
  };
}
