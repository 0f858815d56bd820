/** The machine-sized engine: reads a synthesized stack and runs it on emulators in this process, behind one endpoint. */
import { EventEmitter } from "node:events";
import { type Emulators, startEmulators } from "./emulators.ts";
import { Faults } from "./faults.ts";
import { AccessKeys } from "./http/credentials.ts";
import { type Door, type DoorService, startDoor } from "./http/endpoint.ts";
import { createPages } from "./http/engine-pages.ts";
import { Permissions } from "./iam/index.ts";
import { makeOwnFolder } from "./own-folder.ts";
import type { Users } from "./services/cognito/index.ts";
import type { LogLine } from "./services/lambda/function.ts";
import type { Report } from "./services/lambda/invocation.ts";
import type { BatchDone } from "./services/lambda/queue-mapping.ts";
import type { Schedules } from "./services/scheduler/index.ts";
import type { ExecutionEvent } from "./services/step-functions/events.ts";
import { createSts } from "./services/sts/index.ts";
import { applyStack } from "./stack/apply.ts";
import { createToLocal, type ToLocal } from "./stack/local-addresses.ts";
import { readStack, type Stack } from "./stack/read.ts";

export interface EngineOptions {
  /** The `cdk.tf.json` that CDKTF synthesized. */
  stackFile: string;
  /** Of the AWS endpoint. 0: any free port. */
  port?: number;
  /** Of the stack's HTTP API; the one after `port` unless told. 0: any free port. */
  apiPort?: number;
  /** Of the sign-in pages; the second one after `port` unless told. 0: any free port. */
  usersPort?: number;
  /** Of the web app; the third one after `port` unless told. 0: any free port. */
  sitePort?: number;
  host?: string;
  /** What the waits before retries are multiplied by: 1 waits as AWS does, 0 not at all. */
  retryScale?: number;
  /** The `node_modules` whose packages stand in for those of Lambda layers. */
  modules?: string;
}

/** What the engine tells while it runs. */
export interface EngineEvents {
  /** An execution started, entered a state, retried, ended. */
  execution: [ExecutionEvent];
  /** A function wrote a line, at the edge too, or the API one to its access log. */
  log: [LogLine];
  /** A function was invoked: what it took. */
  report: [Report];
  /** A function dealt with messages of a queue, or failed to. */
  batch: [BatchDone];
  /** What would have been an e-mail, if any left this machine: codes and temporary passwords. */
  mail: [string];
}

export interface Engine {
  endpoint: string;
  /** Base URL of the stack's HTTP API; empty where it has none. */
  apiUrl: string;
  /** Base URL of the sign-in pages; empty where the stack has no user pool. */
  signInUrl: string;
  /** Base URL of the web app; empty where the stack has no distribution. */
  siteUrl: string;
  region: string;
  accountId: string;
  /** The stack's outputs, by name. */
  outputs: Record<string, string>;
  events: EventEmitter<EngineEvents>;
  /** Faults that are injected into functions and services. */
  faults: Faults;
  /** What the stack allows to whom; grants can be withheld while it runs. */
  permissions: Permissions;
  /** What is invoked by the clock, and can be at once. */
  schedules: Pick<Schedules, "run">;
  users: Users;
  /** Starts a process of each function ahead of the first invocation. */
  warm(): Promise<void>;
  /** Ends everything: executions, functions, the door. Can be called more than once. */
  stop(): Promise<void>;
}

export const DEFAULT_PORT = 4566;
const ACCOUNT_ID = "000000000000";

/**
 * Starts the engine and applies the stack to it.
 *
 * @throws StackError when the stack asks for something that is not here, PortTakenError when the port is in use.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const stack = await readStack(options.stackFile);
  const folder = await makeOwnFolder();
  const closing: (() => Promise<unknown>)[] = [() => folder.remove()];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(closing);
    return stopping;
  };
  try {
    return { ...(await start(stack, options, folder.path, closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  stack: Stack,
  options: EngineOptions,
  folder: string,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<Engine, "stop">> {
  const { port = DEFAULT_PORT, host = "127.0.0.1", retryScale = 1, modules } = options;
  const { apiPort = portAfter(port, 1), usersPort = portAfter(port, 2) } = options;
  const { sitePort = portAfter(port, 3) } = options;
  const { region } = stack;
  const events = new EventEmitter<EngineEvents>();
  const faults = new Faults();
  const keys = new AccessKeys();
  const permissions = new Permissions({ region, accountId: ACCOUNT_ID });
  let door: Door | undefined;
  const emulators = await startEmulators({
    region,
    accountId: ACCOUNT_ID,
    host,
    apiPort,
    usersPort,
    sitePort,
    retryScale,
    folder,
    modules,
    faults,
    keys,
    permissions,
    events,
    endpoint: () => door?.endpoint ?? "",
    onStarted: (close) => closing.push(close),
  });
  const { users, gateway, functions, cdn } = emulators;
  let about: object = {};
  const pages = createPages({
    outputs: () => about,
    token: async () => (await users.testUser()).accessToken,
  });
  const services = servicesOf(emulators);
  // Functions have keys of their own; everybody else who comes here is the account's administrator.
  const callerOf = (accessKeyId: string) => {
    const owner = keys.ownerOf(accessKeyId);
    return owner === undefined ? undefined : permissions.function(owner);
  };
  const opened = await startDoor({
    host,
    port,
    region,
    accountId: ACCOUNT_ID,
    faults,
    keys,
    callerOf,
    services,
    pages,
  });
  door = opened;
  closing.push(() => opened.stop());
  // Before anything is applied, so that what is can be told their addresses.
  if (stack.blocks.some(({ type }) => type === "aws_cognito_user_pool")) await users.start();
  if (stack.blocks.some(({ type }) => type === "aws_cloudfront_distribution")) await cdn.start();
  const toLocal = toLocalFor(stack, emulators, opened.endpoint);
  const applied = await applyStack(stack, {
    region,
    accountId: ACCOUNT_ID,
    permissions,
    folder: stack.folder,
    toLocal,
    ...emulators,
  });
  const outputs = Object.fromEntries(Object.entries(applied).map(([name, value]) => [name, toLocal(value)]));
  const { signInUrl } = users;
  const where = { endpoint: opened.endpoint, apiUrl: gateway.url ?? "", signInUrl, siteUrl: cdn.url };
  about = { region, accountId: ACCOUNT_ID, outputs, ...where };
  const { schedules } = emulators;
  const levers = { faults, permissions, schedules, users, warm: functions.warm };
  return { ...where, region, accountId: ACCOUNT_ID, outputs, events, ...levers };
}

/** By signing name. */
function servicesOf(emulators: Emulators): Record<string, DoorService> {
  const { s3, queues, tables, metrics, functions, workflows, users } = emulators;
  return {
    s3: s3.service,
    sqs: queues.sqs,
    sns: queues.sns,
    dynamodb: tables.service,
    monitoring: metrics.service,
    lambda: functions.service,
    states: workflows.service,
    sts: createSts({ accountId: ACCOUNT_ID }),
    "cognito-idp": users.service,
  };
}

/** After any free port comes any other, and so it does after the last one. */
function portAfter(port: number, steps: number): number {
  return port === 0 || port + steps > 65_535 ? 0 : port + steps;
}

function toLocalFor({ blocks }: Stack, { cdn, users, gateway }: Emulators, endpoint: string): ToLocal {
  const distributions = blocks.filter(({ type }) => type === "aws_cloudfront_distribution");
  // Others may know a distribution's own names without referring to it, and so before it is there.
  const aliases = distributions.flatMap(({ body }) => (Array.isArray(body.aliases) ? body.aliases : []));
  return createToLocal({
    siteHosts: () => [...aliases, ...cdn.hosts],
    siteUrl: () => cdn.url,
    bucketsUrl: () => endpoint,
    signInUrl: () => users.signInUrl,
    apiUrl: () => gateway.url ?? "",
  });
}

/** Closes what was opened last first; one that fails does not keep the others open. */
async function stopAll(closing: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closing.reverse()) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "The engine did not stop cleanly.");
}
