/** Everything that stands in for an AWS service, connected with each other, before anything of a stack is in them. */
import type { EventEmitter } from "node:events";
import { join } from "node:path";
import type { EngineEvents } from "./engine.ts";
import type { Faults } from "./faults.ts";
import type { AccessKeys } from "./http/credentials.ts";
import type { Permissions } from "./iam/index.ts";
import { createGateway, type Gateway } from "./services/api-gateway/index.ts";
import { type Cdn, createCdn } from "./services/cloudfront/index.ts";
import { createMetrics, type Metrics } from "./services/cloudwatch/index.ts";
import { createUsers, type Users } from "./services/cognito/index.ts";
import { createTables, type Tables } from "./services/dynamodb/index.ts";
import { createFunctions, type Functions } from "./services/lambda/index.ts";
import { createS3, type S3 } from "./services/s3/index.ts";
import { createSchedules, type Schedules } from "./services/scheduler/index.ts";
import { createQueues, type Queues } from "./services/sqs-sns/index.ts";
import { createWorkflows, type Workflows } from "./services/step-functions/index.ts";

export interface Emulators {
  s3: S3;
  queues: Queues;
  tables: Tables;
  metrics: Metrics;
  functions: Functions;
  schedules: Schedules;
  workflows: Workflows;
  users: Users;
  gateway: Gateway;
  cdn: Cdn;
}

export interface EmulatorOptions {
  region: string;
  accountId: string;
  host: string;
  apiPort: number;
  usersPort: number;
  sitePort: number;
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
  permissions: Permissions;
  events: EventEmitter<EngineEvents>;
  /** Is told how to end each of them, in the order in which they were started. */
  onStarted(stop: () => Promise<unknown>): void;
}

const installedModules = join(import.meta.dirname, "..", "node_modules");

export async function startEmulators(options: EmulatorOptions): Promise<Emulators> {
  const { region, accountId, host, retryScale, events, onStarted, modules = installedModules } = options;
  const { faults, keys, permissions, folder, endpoint } = options;
  const queues = await createQueues({ region, endpoint });
  onStarted(() => queues.stop());
  const s3 = createS3({
    region,
    sendToQueue: queues.send,
    mayNotify: (bucketArn, queueArn) => {
      const access = { action: "sqs:SendMessage", resource: queueArn };
      return permissions.service("s3.amazonaws.com", bucketArn).forbids(access) === undefined;
    },
  });
  const tables = createTables({ region });
  onStarted(() => tables.stop());
  const metrics = createMetrics();
  const functions = createFunctions({
    region,
    accountId,
    endpoint,
    faults,
    keys,
    queues,
    retryScale,
    folder,
    modules,
    onLog: (line) => {
      metrics.collect(line.line);
      events.emit("log", line);
    },
    onReport: (report) => events.emit("report", report),
    onBatch: (batch) => events.emit("batch", batch),
  });
  onStarted(() => functions.stop());
  const schedules = createSchedules();
  onStarted(() => schedules.stop());
  const workflows = createWorkflows({
    region,
    accountId,
    retryScale,
    permissions,
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
  });
  onStarted(() => users.stop());
  const gateway = createGateway({
    accountId,
    host,
    port: options.apiPort,
    invoke: (functionArn, event, route) => {
      const source = `arn:aws:execute-api:${region}:${accountId}:${route}`;
      return functions.invoke(functionArn, event, permissions.service("apigateway.amazonaws.com", source));
    },
    verifyToken: users.verifyToken,
    onAccess: ({ apiName, ...line }) =>
      events.emit("log", { ...line, functionName: apiName, stream: "stdout", at: new Date() }),
  });
  onStarted(() => gateway.stop());
  const cdn = createCdn({
    host,
    port: options.sitePort,
    readObject: (read, distributionArn) =>
      s3.readObject({ ...read, caller: permissions.service("cloudfront.amazonaws.com", distributionArn) }),
    onLog: ({ functionName, ...line }) => {
      const logGroup = `/aws/cloudfront/function/${functionName}`;
      events.emit("log", { ...line, functionName, logGroup, at: new Date() });
    },
  });
  onStarted(() => cdn.stop());
  return { s3, queues, tables, metrics, functions, schedules, workflows, users, gateway, cdn };
}
