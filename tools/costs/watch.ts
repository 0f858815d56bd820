/** What can be seen of one image while it goes through the engine. */
import type { CallEvent, Engine, EngineEvents } from "stack-engine";
import { perStep, STEPS, type Step } from "./measured.ts";

type StartedExecution = EngineEvents["execution"][0]["execution"];

/** When it was answered, as `performance.now()` tells it. */
type AnsweredCall = CallEvent & { atMs: number };

export class Watch {
  /** Of the steps' functions, and uploads; what others call meanwhile is none of this image's. */
  readonly calls: AnsweredCall[] = [];
  readonly wallMs = perStep(() => 0);
  /** When each got its event, as `performance.now()` tells it. */
  readonly beganAtMs = perStep(() => 0);
  readonly logBytes = perStep(() => 0);
  /** Entered or tried again. */
  states = 0;
  execution: StartedExecution | undefined;
  readonly #engine: Engine;
  readonly #stepOf: Map<string, Step>;
  readonly #ended = Promise.withResolvers<void>();
  readonly #pending = new Set<string>(["execution", ...STEPS]);

  /** @param onStarted is told of the execution before its first step is done. */
  constructor(engine: Engine, onStarted: (execution: StartedExecution) => void) {
    this.#engine = engine;
    this.#stepOf = new Map(STEPS.map((step) => [functionName(engine, step), step]));
    engine.events
      .on("call", this.#onCall)
      .on("report", this.#onReport)
      .on("log", this.#onLog)
      .on("execution", this.#onExecution);
    this.#onStarted = onStarted;
  }

  readonly #onStarted: (execution: StartedExecution) => void;

  /** Resolves when the execution has ended, and every function has reported unless it failed. */
  async end(): Promise<void> {
    await this.#ended.promise;
    // Lines and answers that are still on their way.
    await new Promise((resolve) => setTimeout(resolve, 150));
    this.#engine.events
      .off("call", this.#onCall)
      .off("report", this.#onReport)
      .off("log", this.#onLog)
      .off("execution", this.#onExecution);
  }

  stepOf(call: CallEvent): Step | undefined {
    return this.#stepOf.get(call.functionName ?? "");
  }

  readonly #onCall = (call: CallEvent) => {
    const isStep = this.#stepOf.has(call.functionName ?? "");
    if (isStep || call.operation === "PutObject") this.calls.push({ ...call, atMs: performance.now() });
  };

  readonly #onReport = ({ functionName: name, durationMs }: EngineEvents["report"][0]) => {
    const step = this.#stepOf.get(name);
    if (step === undefined) return;
    this.wallMs[step] += durationMs;
    this.beganAtMs[step] = performance.now() - durationMs;
    this.#isDone(step);
  };

  readonly #onLog = ({ functionName: name, line }: EngineEvents["log"][0]) => {
    const step = this.#stepOf.get(name);
    if (step !== undefined) this.logBytes[step] += Buffer.byteLength(line);
  };

  readonly #onExecution = (event: EngineEvents["execution"][0]) => {
    if (event.type === "started") {
      this.execution = event.execution;
      this.#onStarted(event.execution);
    }
    if (event.type === "stateEntered" || event.type === "stateRetried") this.states++;
    if (event.type !== "ended") return;
    if (event.execution.status === "SUCCEEDED") this.#isDone("execution");
    // The steps that are left will not run.
    else this.#ended.resolve();
  };

  #isDone(what: string): void {
    this.#pending.delete(what);
    if (this.#pending.size === 0) this.#ended.resolve();
  }
}

/** As the stack names it, after the same beginning as the state machine. */
export function functionName({ outputs }: Engine, step: Step): string {
  const workflow = outputs.state_machine_arn?.split(":").at(-1) ?? "";
  return workflow.replace(/-workflow$/, `-${step}`);
}
