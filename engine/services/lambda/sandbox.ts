/** One process of a function: started once, kept warm, one invocation at a time, and killed when it misbehaves. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { FunctionCode } from "./code.ts";
import { exited, type FunctionError, outOfMemory, timedOut } from "./invocation.ts";

const runtimeFile = join(import.meta.dirname, "runtime.mjs");
/** Lambda gives the start of a process ten seconds; a machine that starts many at once needs more. */
const MIN_INIT_SECONDS = 30;

/** No process outlives the engine's own, whatever ends that. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface SandboxSettings {
  functionArn: string;
  code: FunctionCode;
  /** The whole environment; nothing of the engine's own is added. */
  environment: Record<string, string>;
  timeoutSeconds: number;
  memoryMB: number;
  onLine(line: string, stream: "stdout" | "stderr", requestId: string | undefined): void;
}

export interface SandboxCall {
  requestId: string;
  event: string;
  /** Resolves when the process is to be killed, whatever it does; at the latest, its answer is its end. */
  killed?: Promise<unknown>;
}

export type SandboxAnswer = { durationMs: number; peakMemoryMB: number } & (
  | { payload: string }
  /** `neverStarted`: the process was gone before it began with the call, which another may be given. */
  | { error: FunctionError; neverStarted?: boolean }
);

type RuntimeMessage =
  | { type: "started"; requestId: string }
  | { type: "ready"; initDurationMs: number }
  | { type: "initError"; error: FunctionError }
  | { type: "result"; requestId: string; payload: string; peakMemoryKB: number }
  | { type: "error"; requestId: string; error: FunctionError; peakMemoryKB: number; fatal?: boolean };

export class Sandbox {
  /** Settled once the handler is loaded; resolves with the error when it cannot be. */
  readonly ready: Promise<FunctionError | undefined>;
  /** How long the handler took to load, until an invocation has reported it. */
  initDurationMs: number | undefined;
  /** False once the process cannot be used any more. */
  alive = true;
  readonly #settings: SandboxSettings;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #requestId: string | undefined;
  /** What a function wrote can be read here after its answer. */
  #lastRequestId: string | undefined;
  #settle: ((answer: SandboxAnswer) => void) | undefined;
  #startedAt = 0;
  #hasStarted = false;
  #initialised: (error?: FunctionError) => void = () => {};

  constructor(settings: SandboxSettings) {
    this.#settings = settings;
    const heapMB = Math.max(32, Math.round(settings.memoryMB * 0.9));
    this.#child = fork(runtimeFile, [settings.code.compileCache], {
      cwd: settings.code.taskRoot,
      env: settings.environment,
      execArgv: [`--max-old-space-size=${heapMB}`],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    running.add(this.#child);
    this.#readLines("stdout");
    this.#readLines("stderr");
    this.#closed = new Promise((resolve) => this.#child.once("close", () => resolve()));
    const limitSeconds = Math.max(MIN_INIT_SECONDS, settings.timeoutSeconds);
    const timer = setTimeout(() => {
      this.#initialised(timedOut("init", limitSeconds));
      this.kill();
    }, limitSeconds * 1000);
    this.ready = new Promise((resolve) => {
      this.#initialised = (error) => {
        clearTimeout(timer);
        resolve(error);
      };
    });
    this.#child.on("message", (message) => this.#receive(message as RuntimeMessage));
    this.#child.once("exit", (code, signal) => this.#exited(code, signal));
    this.#child.once("error", () => this.#exited(1, null));
  }

  /** Runs one invocation. Whatever happens to the process, there is an answer. */
  async invoke(call: SandboxCall): Promise<SandboxAnswer> {
    const { timeoutSeconds, functionArn } = this.#settings;
    const answer = new Promise<SandboxAnswer>((resolve) => {
      this.#settle = resolve;
    });
    this.#requestId = call.requestId;
    this.#lastRequestId = call.requestId;
    this.#startedAt = performance.now();
    this.#hasStarted = false;
    const timer = setTimeout(
      () => this.#end(timedOut(call.requestId, timeoutSeconds)),
      timeoutSeconds * 1000,
    );
    void call.killed?.then(() => this.kill());
    const message = {
      requestId: call.requestId,
      event: call.event,
      functionArn,
      deadlineMs: Date.now() + timeoutSeconds * 1000,
      traceId: traceId(call.requestId),
    };
    // A process that has just died cannot be told; its exit is the answer.
    this.#child.send(message, () => {});
    try {
      return this.#checked(await answer, call);
    } finally {
      clearTimeout(timer);
      this.#requestId = undefined;
    }
  }

  kill(): void {
    this.alive = false;
    this.#child.kill("SIGKILL");
  }

  /** Kills the process and waits until it and its output are gone. */
  async stop(): Promise<void> {
    this.kill();
    await this.#closed;
  }

  #checked(answer: SandboxAnswer, call: SandboxCall): SandboxAnswer {
    const { durationMs, peakMemoryMB } = answer;
    if (call.killed) {
      this.kill();
      return { durationMs, peakMemoryMB, error: exited(call.requestId, null, "SIGKILL") };
    }
    if (peakMemoryMB > this.#settings.memoryMB) {
      this.kill();
      return { durationMs, peakMemoryMB, error: outOfMemory(call.requestId) };
    }
    return answer;
  }

  #receive(message: RuntimeMessage): void {
    if (message.type === "ready") {
      this.initDurationMs = message.initDurationMs;
      this.#initialised();
    } else if (message.type === "initError") {
      this.#initialised(message.error);
      this.kill();
    } else if (message.requestId !== this.#requestId) {
      return;
    } else if (message.type === "started") {
      this.#hasStarted = true;
    } else {
      if (message.type === "error" && message.fatal) this.alive = false;
      this.#answer(
        message.type === "result" ? { payload: message.payload } : { error: message.error },
        message,
      );
    }
  }

  #exited(code: number | null, signal: string | null): void {
    this.alive = false;
    running.delete(this.#child);
    this.#initialised(exited("init", code, signal));
    if (!this.#requestId) return;
    this.#answer({ error: exited(this.#requestId, code, signal), neverStarted: !this.#hasStarted });
  }

  #answer(
    what: { payload: string } | { error: FunctionError; neverStarted?: boolean },
    measured?: { peakMemoryKB: number },
  ): void {
    this.#settle?.({
      ...what,
      durationMs: performance.now() - this.#startedAt,
      peakMemoryMB: Math.ceil((measured?.peakMemoryKB ?? 0) / 1024),
    });
    this.#settle = undefined;
  }

  #end(error: FunctionError): void {
    this.#answer({ error });
    this.kill();
  }

  #readLines(stream: "stdout" | "stderr"): void {
    const input = this.#child[stream];
    if (!input) return;
    createInterface({ input }).on("line", (line) => this.#settings.onLine(line, stream, this.#lastRequestId));
  }
}

function traceId(requestId: string): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${requestId.replaceAll("-", "").slice(0, 24)};Sampled=0`;
}
