/** EventBridge: rules that tell functions and queues what happens in the account: how executions begin and end, and what is put. */

import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { EngineContext } from "../../context.ts";
import type { ExecutionEvent } from "../../events.ts";
import { JSON_1_1 } from "../../http/answers.ts";
import { jsonService, readInput } from "../../http/aws-json.ts";
import { ServiceError } from "../../http/errors.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import type { Caller } from "../../iam/index.ts";
import { parsedJson } from "../../json.ts";
import { type Apply, absent, emulated, json } from "../../stack/resource.ts";
import type { Invoke } from "../lambda/index.ts";
import { matches, patternSchema } from "./pattern.ts";

export const EVENTBRIDGE: ServiceDescription = {
  name: "events",
  title: "EventBridge",
  operations: ["PutEvents"],
};

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
  arn: z.string().regex(/^arn:aws:(lambda|sqs):/, "rules tell functions and queues here"),
  input: absent(WHOLE_EVENT),
  input_path: absent(WHOLE_EVENT),
  input_transformer: absent(WHOLE_EVENT),
});

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const putSchema = z.object({
  Entries: z.array(
    z.object({
      Source: z.string(),
      DetailType: z.string(),
      Detail: z.string(),
      Resources: z.array(z.string()).default([]),
      EventBusName: z.literal("default").optional(),
    }),
  ),
});
type Entry = z.infer<typeof putSchema>["Entries"][number];

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const MOST = { entries: 10, bytes: 2 ** 20 };

interface Rule {
  arn: string;
  isEnabled: boolean;
  pattern: z.infer<typeof patternSchema>;
  targets: { arn: string; caller: Caller }[];
}

export function createEventbridge(
  { region, accountId, events }: EngineContext,
  {
    invoke,
    sendToQueue,
  }: { invoke: Invoke; sendToQueue: (queueArn: string, body: string) => Promise<unknown> },
): Service {
  const rules = new Map<string, Rule>();

  const rule: Apply<typeof ruleSchema> = ({ name, event_pattern: pattern, state }) => {
    const arn = `arn:aws:events:${region}:${accountId}:rule/${name}`;
    rules.set(name, { arn, pattern, isEnabled: state === "ENABLED", targets: [] });
    return { id: name, name, arn };
  };

  const target: Apply<typeof targetSchema> = ({ rule: name, arn }, { permissions, address }) => {
    const known = rules.get(name);
    if (!known) throw new Error(`there is no rule ${name}`);
    const caller = permissions.service("events.amazonaws.com", known.arn);
    known.targets.push({ arn, caller });
    return { id: address };
  };

  /** What goes wrong in a function is in its log. */
  const deliver = async ({ arn, caller }: Rule["targets"][number], body: string) => {
    if (arn.includes(":lambda:")) await invoke(arn, body, caller);
    else if (caller.refusalOf({ action: "sqs:SendMessage", resource: arn }) === undefined)
      await sendToQueue(arn, body);
  };

  const tell = (what: Told) => {
    const told = { version: "0", id: randomUUID(), account: accountId, region, ...what };
    for (const { isEnabled, pattern, targets } of rules.values()) {
      if (!isEnabled || !matches(pattern, told)) continue;
      for (const target of targets) void deliver(target, JSON.stringify(told)).catch(() => undefined);
    }
    return told.id;
  };

  events.on("execution", (event) => {
    const told = statusChange(event);
    if (told) tell(told);
  });

  const api = jsonService(EVENTBRIDGE, {
    target: "AWSEvents",
    contentType: JSON_1_1,
    operations: {
      PutEvents(input) {
        const { Entries } = readInput(putSchema, input);
        if (Entries.length === 0 || Entries.length > MOST.entries)
          throw new ServiceError("ValidationException", `1 to ${MOST.entries} entries can be put at once.`);
        const bytes = Entries.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail), 0);
        if (bytes > MOST.bytes)
          throw new ServiceError("ValidationException", `The entries have more than ${MOST.bytes} bytes.`);
        // What cannot be taken is no error of the request: each entry has an answer of its own.
        const answers = Entries.map((entry) => {
          const error = refusalOf(entry);
          return error ? error : { EventId: tell(toldBy(entry)) };
        });
        return { Entries: answers, FailedEntryCount: answers.filter((one) => "ErrorCode" in one).length };
      },
    },
    permissionsFor: () => [
      { action: "events:PutEvents", resource: `arn:aws:events:${region}:${accountId}:event-bus/default` },
    ],
  });

  return {
    apis: [api],
    resources: {
      aws_cloudwatch_event_rule: emulated(ruleSchema, rule),
      aws_cloudwatch_event_target: emulated(targetSchema, target),
    },
  };
}

interface Told {
  "detail-type": string;
  source: string;
  time: string;
  resources: string[];
  detail: unknown;
}

function refusalOf({ Source, Detail }: Entry): { ErrorCode: string; ErrorMessage: string } | undefined {
  if (Source.startsWith("aws."))
    return {
      ErrorCode: "NotAuthorizedForSourceException",
      ErrorMessage: `Not authorized for the source ${Source}.`,
    };
  const detail = parsedJson(Detail);
  return typeof detail === "object" && detail !== null
    ? undefined
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}

function toldBy({ Source, DetailType, Detail, Resources }: Entry): Told {
  return {
    "detail-type": DetailType,
    source: Source,
    time: new Date().toISOString(),
    resources: Resources,
    detail: parsedJson(Detail),
  };
}

/** What AWS tells of STANDARD executions, and of no others: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
function statusChange(event: ExecutionEvent): Told | undefined {
  if (event.type !== "started" && event.type !== "ended") return undefined;
  const { arn, name, input, end, startedAt } = event.execution;
  if (arn.includes(":express:")) return undefined;
  const now = new Date();
  return {
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    time: now.toISOString(),
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
