/**
 * Event source mappings by their ids: `aws lambda list-event-source-mappings` shows them, and
 * `update-event-source-mapping --no-enabled` stops taking messages for a while.
 */
import { randomUUID } from "node:crypto";
import { ServiceError } from "../../http/errors.ts";
import { parseFunctionName } from "./names.ts";
import { QueueMapping, type QueueMappingOptions, type QueueMappingSettings } from "./queue-mapping.ts";

interface Mapping {
  uuid: string;
  settings: QueueMappingSettings;
  options: QueueMappingOptions;
  /** Undefined while it is disabled. */
  running: QueueMapping | undefined;
  /** Of what was disabled, and may not be done yet. */
  drained: Promise<void>;
  changedAt: Date;
}

export class Mappings {
  readonly #mappings: Mapping[] = [];

  /** Returns the mapping's id. */
  add(settings: QueueMappingSettings, options: QueueMappingOptions, enabled: boolean): string {
    const mapping: Mapping = {
      uuid: randomUUID(),
      settings,
      options,
      running: undefined,
      drained: Promise.resolve(),
      changedAt: new Date(),
    };
    this.#mappings.push(mapping);
    setEnabled(mapping, enabled);
    return mapping.uuid;
  }

  list(query: URLSearchParams): object {
    const [nameOrArn, queueArn] = [query.get("FunctionName"), query.get("EventSourceArn")];
    const functionName = nameOrArn === null ? null : parseFunctionName(nameOrArn).name;
    const asked = this.#mappings.filter(
      ({ settings, options }) =>
        (functionName === null || functionName === options.target.settings.name) &&
        (queueArn === null || queueArn === settings.queueArn),
    );
    return { EventSourceMappings: asked.map(shown) };
  }

  /** @throws ServiceError when there is no such mapping. */
  update(uuid: string, enabled: boolean): object {
    const mapping = this.#find(uuid);
    setEnabled(mapping, enabled);
    return { ...shown(mapping), State: enabled ? "Enabling" : "Disabling" };
  }

  /** Takes no more messages; resolves when those that were taken are dealt with. */
  async stop(): Promise<void> {
    await Promise.all(this.#mappings.map(({ running, drained }) => Promise.all([running?.stop(), drained])));
  }

  #find(uuid: string): Mapping {
    const mapping = this.#mappings.find((each) => each.uuid === uuid);
    if (mapping) return mapping;
    const message = `There is no event source mapping ${uuid}.`;
    throw new ServiceError("ResourceNotFoundException", message, { status: 404 });
  }
}

function setEnabled(mapping: Mapping, enabled: boolean): void {
  const { running } = mapping;
  if (enabled === (running !== undefined)) return;
  mapping.changedAt = new Date();
  mapping.running = enabled ? new QueueMapping(mapping.settings, mapping.options) : undefined;
  mapping.running?.start();
  if (running) mapping.drained = running.stop();
}

function shown({ uuid, settings, options, running, changedAt }: Mapping): object {
  return {
    UUID: uuid,
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: 0,
    EventSourceArn: settings.queueArn,
    FunctionArn: options.target.settings.arn,
    FunctionResponseTypes: settings.reportsItemFailures ? ["ReportBatchItemFailures"] : [],
    ScalingConfig: { MaximumConcurrency: settings.maximumConcurrency },
    State: running ? "Enabled" : "Disabled",
    StateTransitionReason: "User action",
    LastModified: changedAt.getTime() / 1000,
  };
}
