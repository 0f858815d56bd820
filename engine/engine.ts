/** Reads a synthesized stack and runs it in this process: services of AWS behind one endpoint, and what has ports of its own. */

import { EventEmitter } from "node:events";
import { setFlagsFromString } from "node:v8";
import { openCache } from "./cache.ts";
import type { EngineContext } from "./context.ts";
import type { EngineEvents } from "./events.ts";
import { Faults } from "./faults.ts";
import { AccessKeys } from "./http/credentials.ts";
import { startEndpoint } from "./http/endpoint.ts";
import { createPages } from "./http/engine-pages.ts";
import type { LocalServer } from "./http/server.ts";
import { Permissions } from "./iam/index.ts";
import { makeOwnFolder } from "./own-folder.ts";
import type { TestUser, TestUserOptions } from "./services/cognito/index.ts";
import { createServices, type Services } from "./services/index.ts";
import type { Scheduler } from "./services/scheduler/index.ts";
import { applyStack } from "./stack/apply.ts";
import { createToLocal } from "./stack/local-addresses.ts";
import { readStack, type Stack } from "./stack/read.ts";
import { openStorage, type Storage, temporaryStorage } from "./storage.ts";

export interface EngineOptions {
  /** The `cdk.tf.json` that CDKTF synthesized. */
  stackFile: string;
  /** Of the AWS endpoint; the stack's HTTP API, the sign-in pages and the web app get the three after it. 0: any free ones. */
  port: number;
  /** What the waits before retries are multiplied by: 1 waits as AWS does, 0 not at all. */
  retryScale?: number;
  /** Decides which calls a fault with a share hits: 0 up to 1. Seeded, the same are drawn again. */
  random?: () => number;
  /** A folder that keeps objects, items, messages and executions for the next engine on it. Without one all of them go with the engine. */
  data?: string;
  /** A folder for what is costly to make, such as compiled code, shared by engines. The user's own for caches, unless told. */
  cache?: string;
}

export interface Engine {
  /** Of AWS tools and SDKs. */
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
  schedules: Pick<Scheduler, "run">;
  /** Somebody with fresh tokens, as if they had signed in. @throws Error when the stack has no user pool. */
  testUser(options?: TestUserOptions): Promise<TestUser>;
  /** Starts a process of each function ahead of the first invocation. @param which of them, by name: all unless told. */
  warm(which?: (functionName: string) => boolean): Promise<void>;
  /** Ends everything: executions, functions, servers. Can be called more than once. */
  stop(): Promise<void>;
}

/** The only one that fauxqs, behind SQS and SNS, knows. */
const ACCOUNT_ID = "000000000000";
/** Nobody else is to reach it. */
const HOST = "127.0.0.1";

/**
 * Objects pass through this process in buffers outside of V8's heap, which counts them all the same: at its usual limits, it
 * would collect all of a heap that lives long for each photograph. (`npm start` and `npm run process` ask for a small young
 * generation besides, whose collections free those buffers soon.)
 */
setFlagsFromString("--heap-growing-percent=100");

/**
 * Starts the engine and applies the stack to it.
 *
 * @throws StackError when the stack asks for something that is not here, DataFolderError when its data cannot be kept in the folder, PortTakenError when a port is in use.
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
    const storage = await storageFor(stack, options, folder.path, closing);
    return { ...(await start(stack, options, { folder: folder.path, storage }, closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function storageFor(
  stack: Stack,
  { data }: EngineOptions,
  folder: string,
  closing: (() => Promise<unknown>)[],
): Promise<Storage> {
  if (data === undefined) return temporaryStorage(folder);
  const storage = await openStorage(data, stack);
  closing.push(async () => storage.close());
  return storage;
}

async function start(
  stack: Stack,
  options: EngineOptions,
  places: Pick<EngineContext, "folder" | "storage">,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<Engine, "stop">> {
  const { port, retryScale = 1, random } = options;
  const { region } = stack;
  const account = { region, accountId: ACCOUNT_ID };
  let endpoint: LocalServer | undefined;
  const context: EngineContext = {
    ...account,
    host: HOST,
    endpoint: () => endpoint?.url ?? "",
    ...places,
    cache: await openCache(options.cache, places.folder),
    retryScale,
    faults: new Faults(random),
    keys: new AccessKeys(),
    permissions: new Permissions(account),
    events: new EventEmitter(),
    origins: new Set(),
  };
  const services = await createServices(context, port);
  closing.push(...services.all.map((service) => async () => service.stop?.()));
  const { lambda, scheduler, cognito, apiGateway, cloudfront } = services;
  let about: object = {};
  endpoint = await openEndpoint(context, port, services, () => about);
  closing.push(endpoint.close);
  // Before anything is applied, so that what is can be told their addresses.
  for (const service of services.all) await service.start?.(stack);
  const toLocal = createToLocal(services.all);
  const applied = await applyStack(stack, services.resources, {
    ...account,
    permissions: context.permissions,
    folder: stack.folder,
    toLocal,
    allowOrigins: (origins) => {
      for (const origin of origins) context.origins.add(origin);
    },
  });
  for (const service of services.all) await service.resume?.();
  const outputs = Object.fromEntries(Object.entries(applied).map(([name, value]) => [name, toLocal(value)]));
  const addresses = {
    endpoint: endpoint.url,
    apiUrl: apiGateway.url,
    signInUrl: cognito.url,
    siteUrl: cloudfront.url,
  };
  about = { ...account, outputs, ...addresses };
  const { events, faults, permissions } = context;
  return {
    ...addresses,
    ...account,
    outputs,
    events,
    faults,
    permissions,
    schedules: scheduler,
    testUser: cognito.testUser,
    warm: lambda.warm,
  };
}

function openEndpoint(
  context: EngineContext,
  port: number,
  { all, cognito }: Services,
  outputs: () => object,
): Promise<LocalServer> {
  const { region, host, keys, permissions, faults, events, origins } = context;
  return startEndpoint({
    host,
    port,
    region,
    keys,
    faults,
    services: all.flatMap(({ apis }) => apis),
    callerOf: (functionName) => permissions.function(functionName),
    origins,
    about: createPages({ outputs, token: async () => (await cognito.testUser()).accessToken }),
    onCall: (call) => events.emit("call", call),
  });
}

/** Closes what was opened last first; one that fails does not keep the others open. */
async function stopAll(closing: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closing.reverse()) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "The engine did not stop cleanly.");
}
