/** Everything that stands in for an AWS service, connected with each other, before anything of a stack is in them. */
import type { EventEmitter } from "node:events";
import { join } from "node:path";
import type { EngineEvents } from "./engine.ts";
import type { Faults } from "./faults.ts";
import { createGateway, type Gateway } from "./gateway/index.ts";
import type { AccessKeys } from "./keys.ts";
import { createFunctions, type Functions } from "./lambda/index.ts";
import { createQueues, type Queues } from "./queues/index.ts";
import { createS3, type S3 } from "./s3/index.ts";
import { createWorkflows, type Workflows } from "./states/index.ts";
import { createTables, type Tables } from "./table/index.ts";
import { createUsers, type Users } from "./users/index.ts";

export interface Emulators {
  s3: S3;
  queues: Queues;
  tables: Tables;
  functions: Functions;
  workflows: Workflows;
  users: Users;
  gateway: Gateway;
}

export interface EmulatorOptions {
  region: string;
  accountId: string;
  host: string;
  apiPort: number;
  usersPort: number;
  /** The door's, once it is open. */
  endpoint(): string;
  /** A folder of this engine's own. */
  folder: string;
  /** The `node_modules` whose packages stand in for those of layers. */
  modules?: string | undefined;
  /** What the waits before retries are multiplied by. */
  retryScale: number;
  faults: Faults;
  keys: AccessKeys;
  events: EventEmitter<EngineEvents>;
  /** Is told how to end each of them, in the order in which they were started. */
  onStarted(stop: () => Promise<unknown>): void;
}

const installedModules = join(import.meta.dirname, "..", "node_modules");

export async function startEmulators(options: EmulatorOptions): Promise<Emulators> {
  const { region, accountId, host, retryScale, events, onStarted, modules = installedModules } = options;
  const { faults, keys, folder, endpoint } = options;
  const queues = await createQueues({ region, endpoint });
  onStarted(() => queues.stop());
  const s3 = createS3({ region, sendToQueue: queues.send });
  const tables = createTables({ region });
  onStarted(() => tables.stop());
  const functions = createFunctions({
    region,
    endpoint,
    faults,
    keys,
    queues,
    retryScale,
    folder,
    modules,
    onLog: (line) => events.emit("log", line),
    onReport: (report) => events.emit("report", report),
    onBatch: (batch) => events.emit("batch", batch),
  });
  onStarted(() => functions.stop());
  const workflows = createWorkflows({
    region,
    accountId,
    retryScale,
    invoke: functions.invoke,
    publish: queues.publish,
    onEvent: (event) => events.emit("execution", event),
  });
  onStarted(() => workflows.stop());
  const users = createUsers({
    region,
    accountId,
    host,
    port: options.usersPort,
    log: (message) => events.emit("mail", message),
  });
  onStarted(() => users.stop());
  const gateway = createGateway({
    accountId,
    host,
    port: options.apiPort,
    invoke: functions.invoke,
    verifyToken: users.verifyToken,
    onAccess: ({ apiName, ...line }) =>
      events.emit("log", { ...line, functionName: apiName, stream: "stdout", at: new Date() }),
  });
  onStarted(() => gateway.stop());
  return { s3, queues, tables, functions, workflows, users, gateway };
}
