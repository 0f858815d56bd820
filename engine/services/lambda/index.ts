/** Lambda on this machine: the functions of the stack, their processes, their queues, and the Invoke API. */
import { availableParallelism } from "node:os";
import type { Faults } from "../../faults.ts";
import type { AccessKeys } from "../../http/credentials.ts";
import type { DoorService } from "../../http/endpoint.ts";
import type { Caller } from "../../iam/index.ts";
import { functionArn } from "../../iam/services.ts";
import { lambdaApi } from "./api.ts";
import { CodeStore } from "./code.ts";
import { type FunctionSettings, LambdaFunction, type LogLine } from "./function.ts";
import { accessDenied, notFound, type Outcome, type Report } from "./invocation.ts";
import { createMappings } from "./mappings.ts";
import type { BatchDone, MappedQueues, QueueMappingSettings } from "./queue-mapping.ts";

export interface FunctionsOptions {
  region: string;
  accountId: string;
  /** The door's endpoint, asked for whenever a function is created. */
  endpoint(): string;
  faults: Faults;
  keys: AccessKeys;
  queues: MappedQueues;
  /** What the waits before retries are multiplied by. */
  retryScale: number;
  /** A folder of this engine's own for unpacked archives. */
  folder: string;
  /** The `node_modules` whose packages stand in for those of layers. */
  modules: string;
  onLog(line: LogLine): void;
  onReport(report: Report): void;
  onBatch(batch: BatchDone): void;
}

/** A function as it is created: its archives are still packed. */
export type NewFunction = Omit<FunctionSettings, "taskRoot" | "layers"> & {
  archive: string;
  layerArns: string[];
};

export interface Functions {
  service: DoorService;
  createLayer(arn: string, archive: string): Promise<void>;
  createFunction(settings: NewFunction): Promise<void>;
  /** Its messages are taken from the queue from now on, or from when somebody enables it. @returns the mapping's id. */
  mapQueue(functionName: string, settings: QueueMappingSettings, enabled: boolean): string;
  /** For somebody who may do so or not. Never throws: a refusal and an unknown function are service errors, as on AWS. */
  invoke(nameOrArn: string, event: string, caller: Caller): Promise<Outcome>;
  /** Starts one process of each function ahead of the first invocation. */
  warm(): Promise<void>;
  stop(): Promise<void>;
}

/** One function more than processors: the one that waits for the network leaves its processor to another. */
const maxProcesses = availableParallelism() + 1;

export function createFunctions(options: FunctionsOptions): Functions {
  const { region, faults, keys, onLog, onReport, onBatch, queues, retryScale } = options;
  const code = new CodeStore(options);
  const layers = new Map<string, string>();
  const functions = new Map<string, LambdaFunction>();
  const mappings = createMappings();
  const find = (nameOrArn: string) => functions.get(nameIn(nameOrArn));
  return {
    service: lambdaApi(find, mappings),
    async createLayer(arn, archive) {
      layers.set(arn, await code.linkLayer(archive));
    },
    async createFunction({ archive, layerArns, ...settings }) {
      const taskRoot = await code.unpackFunction(archive);
      const around = { endpoint: options.endpoint(), region, faults, keys, maxProcesses, onLog, onReport };
      const linked = layerArns.flatMap((arn) => layers.get(arn) ?? []);
      functions.set(settings.name, new LambdaFunction({ ...settings, taskRoot, layers: linked }, around));
    },
    mapQueue(functionName, settings, enabled) {
      const target = find(functionName);
      if (!target) throw new Error(notFound(functionName).message);
      const maximumConcurrency = Math.min(settings.maximumConcurrency, maxProcesses);
      const around = { queues, target, retryScale, onBatch };
      return mappings.add({ ...settings, maximumConcurrency }, around, enabled);
    },
    async invoke(nameOrArn, event, caller) {
      const resource = functionArn(nameOrArn, `arn:aws:lambda:${region}:${options.accountId}:`);
      const denied = caller.forbids({ action: "lambda:InvokeFunction", resource });
      if (denied !== undefined) return { kind: "serviceError", error: accessDenied(denied) };
      const target = find(nameOrArn);
      return target ? target.invoke(event) : { kind: "serviceError", error: notFound(nameOrArn) };
    },
    async warm() {
      await Promise.all([...functions.values()].map((each) => each.warm()));
    },
    async stop() {
      const drained = mappings.stop();
      await Promise.all([...functions.values()].map((each) => each.stop()));
      await drained;
    },
  };
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`, `<account>:function:<name>` or the name. */
function nameIn(nameOrArn: string): string {
  const parts = nameOrArn.split(":");
  const at = parts.indexOf("function");
  return (at === -1 ? parts[0] : parts[at + 1]) ?? nameOrArn;
}
