/**
 * Event source mappings by their ids, and Lambda's API for them: `aws lambda list-event-source-mappings`, and
 * `update-event-source-mapping --no-enabled` to stop taking messages for a while.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { type MappingSurroundings, QueueMapping, type QueueMappingSettings } from "./queue-mapping.ts";

export type Answer = { status: number; content: object } | { status: number; type: string; message: string };

export interface Mappings {
  /** @returns the mapping's id. */
  add(settings: QueueMappingSettings, around: MappingSurroundings, enabled: boolean): string;
  /** Undefined when the request is about something else. */
  answer(request: IncomingMessage, body: () => Promise<Buffer>): Promise<Answer | undefined>;
  /** Takes no more messages; resolves when those that were taken are dealt with. */
  stop(): Promise<void>;
}

interface Entry {
  uuid: string;
  settings: QueueMappingSettings;
  around: MappingSurroundings;
  /** Undefined while it is disabled. */
  running: QueueMapping | undefined;
  /** Of what was disabled, and may not be done yet. */
  drained: Promise<void>;
  changedAt: Date;
}

const updateSchema = z.strictObject({ FunctionName: z.string().optional(), Enabled: z.boolean() });
/** Of one; of all, with a slash at the end or without, as SDKs differ. */
const PATH = /^\/2015-03-31\/event-source-mappings(?:\/([^/]*))?$/;

export function createMappings(): Mappings {
  const entries: Entry[] = [];

  const enable = async (entry: Entry, enabled: boolean) => {
    const { running } = entry;
    if (enabled === (running !== undefined)) return;
    entry.changedAt = new Date();
    entry.running = enabled ? new QueueMapping(entry.settings, entry.around) : undefined;
    entry.running?.start();
    if (running) entry.drained = running.stop();
  };

  const listed = ({ searchParams }: URL): Answer => {
    const [functionName, queueArn] = [searchParams.get("FunctionName"), searchParams.get("EventSourceArn")];
    const isAsked = ({ settings, around }: Entry) =>
      (functionName === null || functionName.split(":").at(-1) === around.target.settings.name) &&
      (queueArn === null || queueArn === settings.queueArn);
    return { status: 200, content: { EventSourceMappings: entries.filter(isAsked).map(shown) } };
  };

  return {
    add(settings, around, enabled) {
      const uuid = randomUUID();
      const entry = {
        uuid,
        settings,
        around,
        running: undefined,
        drained: Promise.resolve(),
        changedAt: new Date(),
      };
      entries.push(entry);
      void enable(entry, enabled);
      return uuid;
    },

    async answer(request, body) {
      const url = new URL(request.url ?? "/", "http://door");
      const match = PATH.exec(url.pathname);
      if (!match) return undefined;
      const uuid = match[1] ?? "";
      if (uuid === "" && request.method === "GET") return listed(url);
      const entry = entries.find((each) => each.uuid === uuid);
      if (!entry)
        return {
          status: 404,
          type: "ResourceNotFoundException",
          message: `There is no event source mapping ${uuid}.`,
        };
      if (request.method === "GET") return { status: 200, content: shown(entry) };
      if (request.method !== "PUT")
        return {
          status: 501,
          type: "NotImplemented",
          message: "Here, a mapping can only be shown, enabled and disabled.",
        };
      const { data } = updateSchema.safeParse(JSON.parse((await body()).toString("utf8")));
      if (!data)
        return {
          status: 400,
          type: "InvalidParameterValueException",
          message: "Here, only Enabled can be changed.",
        };
      await enable(entry, data.Enabled);
      return { status: 202, content: { ...shown(entry), State: data.Enabled ? "Enabling" : "Disabling" } };
    },

    async stop() {
      await Promise.all(entries.map(async ({ running, drained }) => Promise.all([running?.stop(), drained])));
    },
  };
}

function shown({ uuid, settings, around, running, changedAt }: Entry): object {
  return {
    UUID: uuid,
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.batchingWindowSeconds,
    EventSourceArn: settings.queueArn,
    FunctionArn: around.target.settings.arn,
    FunctionResponseTypes: settings.reportsItemFailures ? ["ReportBatchItemFailures"] : [],
    ScalingConfig: { MaximumConcurrency: settings.maximumConcurrency },
    State: running ? "Enabled" : "Disabled",
    StateTransitionReason: "User action",
    LastModified: changedAt.getTime() / 1000,
  };
}
