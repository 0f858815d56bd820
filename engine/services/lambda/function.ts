/** One function: its settings as they were synthesized, its processes, and what invoking it comes to. */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineContext } from "../../context.ts";
import type { Report } from "../../events.ts";
import type { LambdaFault } from "../../faults.ts";
import type { FunctionCode } from "./code.ts";
import {
  DISCONNECTED,
  type FunctionError,
  type Outcome,
  SERVICE_FAILED,
  THROTTLED,
  timedOut,
} from "./invocation.ts";
import { Pool } from "./pool.ts";
import { Sandbox } from "./sandbox.ts";

export interface FunctionSettings {
  name: string;
  arn: string;
  handler: string;
  runtime: string;
  timeoutSeconds: number;
  memoryMB: number;
  /** The environment variables of the stack. */
  environment: Record<string, string>;
  logGroup: string;
  code: FunctionCode;
  /** The `node_modules` folders of its layers. */
  layers: string[];
}

export interface FunctionOptions {
  context: EngineContext;
  /** Processes a function may have at most. */
  maxProcesses: number;
}

export class LambdaFunction {
  readonly settings: FunctionSettings;
  readonly #context: EngineContext;
  readonly #pool: Pool<Sandbox>;

  constructor(settings: FunctionSettings, { context, maxProcesses }: FunctionOptions) {
    this.settings = settings;
    this.#context = context;
    this.#pool = new Pool(maxProcesses, () => this.#startSandbox());
  }

  /** Invokes the function with a JSON text and waits for what comes of it. Never throws. */
  async invoke(event: string): Promise<Outcome> {
    const fault = this.#context.faults.takeLambda(this.settings.name);
    if (fault?.kind === "throttle") return { kind: "serviceError", error: THROTTLED };
    if (fault?.kind === "service-exception") return { kind: "serviceError", error: SERVICE_FAILED };
    const requestId = randomUUID();
    if (fault?.kind === "timeout") {
      const durationMs = this.settings.timeoutSeconds * 1000;
      return this.#failed(requestId, timedOut(requestId, this.settings.timeoutSeconds), { durationMs });
    }
    const running = this.#run(requestId, event, fault);
    if (fault?.kind !== "disconnect") return running;
    // It runs on to its end, beside whatever is done instead.
    await Promise.race([running, timeOf(fault)]);
    return { kind: "serviceError", error: DISCONNECTED };
  }

  warm(): Promise<unknown> {
    return this.#pool.warm();
  }

  stop(): Promise<void> {
    return this.#pool.stop();
  }

  async #run(requestId: string, event: string, fault: LambdaFault | undefined): Promise<Outcome> {
    const asked = performance.now();
    // One that dies between invocations is replaced, and whoever comes next does not notice.
    for (let triesLeft = MAX_PROCESSES_TRIED; ; triesLeft--) {
      const { outcome, neverStarted } = await this.#runOnce(requestId, event, fault, asked);
      if (!neverStarted || triesLeft === 1) return outcome;
    }
  }

  async #runOnce(
    requestId: string,
    event: string,
    fault: LambdaFault | undefined,
    asked: number,
  ): Promise<{ outcome: Outcome; neverStarted?: boolean | undefined }> {
    this.#context.events.emit("invocation", { functionName: this.settings.name, requestId });
    const sandbox = await this.#pool.acquire();
    if (!(sandbox instanceof Sandbox)) {
      return { outcome: this.#failed(requestId, sandbox, { durationMs: 0 }) };
    }
    const { initDurationMs } = sandbox;
    sandbox.initDurationMs = undefined;
    const queuedMs = performance.now() - asked;
    const killed = fault?.kind === "kill" ? timeOf(fault) : undefined;
    const answer = await sandbox.invoke({
      requestId,
      event,
      ...(killed && { killed }),
    });
    this.#pool.release(sandbox);
    const measured = {
      durationMs: answer.durationMs,
      maxMemoryUsedMB: answer.peakMemoryMB,
      queuedMs,
      ...(initDurationMs !== undefined && { initDurationMs }),
    };
    if ("error" in answer) {
      const neverStarted = answer.neverStarted && killed === undefined;
      return { outcome: this.#failed(requestId, answer.error, measured), neverStarted };
    }
    const report = this.#report(requestId, measured);
    return { outcome: { kind: "success", payload: answer.payload, report } };
  }

  #failed(requestId: string, error: FunctionError, measured: Partial<Report>): Outcome {
    return { kind: "functionError", error, report: this.#report(requestId, measured) };
  }

  #report(requestId: string, measured: Partial<Report>): Report {
    const unmeasured = { durationMs: 0, queuedMs: 0, maxMemoryUsedMB: 0 };
    const report = { functionName: this.settings.name, requestId, ...unmeasured, ...measured };
    this.#context.events.emit("report", report);
    return report;
  }

  #startSandbox(): Sandbox {
    const { settings } = this;
    return new Sandbox({
      functionArn: settings.arn,
      code: settings.code,
      environment: environmentOf(settings, this.#context),
      timeoutSeconds: settings.timeoutSeconds,
      memoryMB: settings.memoryMB,
      onLine: (line, stream, requestId) =>
        this.#context.events.emit("log", {
          functionName: settings.name,
          logGroup: settings.logGroup,
          stream,
          line,
          at: new Date(),
          ...(requestId !== undefined && { requestId }),
        }),
    });
  }
}

/** A function whose processes all end before they begin is at fault itself. */
const MAX_PROCESSES_TRIED = 3;

/** Soon enough to be mid-way in any function that does some work. */
const DEFAULT_DELAY_MS = 20;

/** Resolves when that happens which the fault is. It keeps no process from ending. */
function timeOf({ until, delayMs = DEFAULT_DELAY_MS }: LambdaFault): Promise<unknown> {
  return until ?? sleep(delayMs, undefined, { ref: false });
}

/** What Lambda sets itself, and the function's own variables; nothing of this machine's environment. */
function environmentOf(settings: FunctionSettings, context: EngineContext): Record<string, string> {
  const key = context.keys.issue(settings.name);
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin:/opt/bin",
    LANG: "en_US.UTF-8",
    TZ: "UTC",
    _HANDLER: settings.handler,
    LAMBDA_TASK_ROOT: settings.code.taskRoot,
    AWS_REGION: context.region,
    AWS_DEFAULT_REGION: context.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMB),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: settings.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream(),
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_SESSION_TOKEN: key.sessionToken,
    ...(settings.layers.length > 0 && { NODE_PATH: settings.layers.join(":") }),
    ...settings.environment,
    AWS_ENDPOINT_URL: context.endpoint(),
  };
}

function logStream(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
}
