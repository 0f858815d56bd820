/** The machine-sized engine: reads a synthesized stack and runs it on emulators in this process, behind one endpoint. */
import { EventEmitter } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Door, type DoorService, startDoor } from "./door.ts";
import { Faults } from "./faults.ts";
import type { LogLine } from "./lambda/function.ts";
import { createFunctions } from "./lambda/index.ts";
import type { Report } from "./lambda/invocation.ts";
import type { BatchDone } from "./lambda/queue-mapping.ts";
import { createQueues } from "./queues/index.ts";
import { createS3 } from "./s3/index.ts";
import { applyStack } from "./stack/apply.ts";
import { readStack } from "./stack/read.ts";
import type { ExecutionEvent } from "./states/events.ts";
import { createWorkflows } from "./states/index.ts";
import { createSts } from "./sts.ts";
import { createTables } from "./table/index.ts";

export interface EngineOptions {
  /** The `cdk.tf.json` that CDKTF synthesized. */
  stackFile: string;
  /** 0: any free port. */
  port?: number;
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
  /** A function wrote a line. */
  log: [LogLine];
  /** A function was invoked: what it took. */
  report: [Report];
  /** A function dealt with messages of a queue, or failed to. */
  batch: [BatchDone];
}

export interface Engine {
  endpoint: string;
  region: string;
  accountId: string;
  /** The stack's outputs, by name. */
  outputs: Record<string, string>;
  events: EventEmitter<EngineEvents>;
  /** Faults that are injected into functions and services. */
  faults: Faults;
  /** Starts a process of each function ahead of the first invocation. */
  warm(): Promise<void>;
  /** Ends everything: executions, functions, the door. Can be called more than once. */
  stop(): Promise<void>;
}

export const defaultPort = 4566;
const accountId = "000000000000";
const installedModules = join(import.meta.dirname, "..", "node_modules");

/**
 * Starts the engine and applies the stack to it.
 *
 * @throws StackError when the stack asks for something that is not here, PortTakenError when the port is in use.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { stackFile, port = defaultPort, host = "127.0.0.1", retryScale = 1 } = options;
  const stack = await readStack(stackFile);
  const { region } = stack;
  const events = new EventEmitter<EngineEvents>();
  const faults = new Faults();
  const folder = await mkdtemp(join(tmpdir(), "image-pipeline-"));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(closing);
    return stopping;
  };

  try {
    let door: Door | undefined;
    const endpoint = () => door?.endpoint ?? "";
    const queues = await createQueues({ region, endpoint });
    closing.push(() => queues.stop());
    const s3 = createS3({ region, sendToQueue: queues.send });
    const tables = createTables({ region });
    closing.push(() => tables.stop());
    const functions = createFunctions({
      region,
      endpoint,
      faults,
      queues,
      folder,
      modules: options.modules ?? installedModules,
      onLog: (line) => events.emit("log", line),
      onReport: (report) => events.emit("report", report),
      onBatch: (batch) => events.emit("batch", batch),
    });
    closing.push(() => functions.stop());
    const workflows = createWorkflows({
      region,
      accountId,
      retryScale,
      invoke: functions.invoke,
      publish: queues.publish,
      onEvent: (event) => events.emit("execution", event),
    });
    closing.push(() => workflows.stop());
    let outputs: Record<string, string> = {};
    door = await startDoor({
      host,
      port,
      region,
      accountId,
      faults,
      services: {
        s3: s3.service,
        sqs: queues.sqs,
        sns: queues.sns,
        dynamodb: tables.service,
        lambda: functions.service,
        states: workflows.service,
        sts: createSts({ accountId }),
      },
      pages: pages(() => ({ region, accountId, outputs })),
    });
    const opened = door;
    closing.push(() => opened.stop());
    const services = { region, accountId, folder: stack.folder, s3, queues, tables, functions, workflows };
    outputs = await applyStack(stack, services);
    const { warm } = functions;
    return { endpoint: opened.endpoint, region, accountId, outputs, events, faults, warm, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `GET /_engine/outputs` for tools on this machine that need the stack's names. */
function pages(about: () => object): DoorService {
  return async (request, response) => {
    const known = request.method === "GET" && request.url === "/_engine/outputs";
    response
      .writeHead(known ? 200 : 404, { "content-type": "application/json" })
      .end(JSON.stringify(known ? about() : { message: "There is GET /_engine/outputs." }));
  };
}

/** Closes what was opened last first; one that fails does not keep the others open. */
async function stopAll(closing: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closing.reverse()) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "The engine did not stop cleanly.");
}
