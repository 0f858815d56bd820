/** The executions that are kept, and the few of them that run at a time. */
import type { Execution } from "./execution.ts";
import { KEPT_FINISHED, type KeptExecutions } from "./kept.ts";

const IN_FLIGHT_PER_RUNNING = 20;

export class ExecutionStore {
  readonly #maxRunning: number;
  readonly #kept: KeptExecutions;
  readonly #byArn = new Map<string, Execution>();
  readonly #waiting: Execution[] = [];
  readonly #running = new Map<Execution, Promise<void>>();
  #stopped = false;

  constructor(maxRunning: number, kept: KeptExecutions) {
    this.#maxRunning = maxRunning;
    this.#kept = kept;
  }

  /** Starts it as soon as there is room, unless it has ended. */
  add(execution: Execution): void {
    const { arn, machine, name, input, startedAt, redriveCount, end } = execution;
    this.#byArn.set(arn, execution);
    if (end) return;
    this.#kept.started({ arn, machineArn: machine.arn, name, input, startedAt, redriveCount });
    this.#waiting.push(execution);
    execution.onWaiting = () => this.#next();
    execution.onEnd = (end, at) => {
      // What the engine's own end cut off is for the next one to take up.
      if (!this.#stopped) this.#kept.ended(arn, { end, at });
    };
    this.#forget();
    this.#next();
  }

  get(arn: string): Execution | undefined {
    return this.#byArn.get(arn);
  }

  /** Whether an execution has had this ARN, even if it is no longer kept. */
  wasUsed(arn: string): boolean {
    return this.#kept.wasUsed(arn);
  }

  newestFirst(): Execution[] {
    return [...this.#byArn.values()].reverse();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const execution of this.#byArn.values()) execution.abort("EngineStopped", "The engine was stopped.");
    await Promise.all(this.#running.values());
  }

  #next(): void {
    while (this.#hasRoom() && !this.#stopped) {
      const execution = this.#waiting.shift();
      if (!execution) return;
      const run = execution.run().finally(() => {
        this.#running.delete(execution);
        this.#next();
      });
      this.#running.set(execution, run);
    }
  }

  /** Those that only wait keep nobody from running, as long as they are not too many to come back. */
  #hasRoom(): boolean {
    const inFlight = [...this.#running.keys()];
    const atWork = inFlight.filter(({ isWaiting }) => !isWaiting).length;
    return atWork < this.#maxRunning && inFlight.length < IN_FLIGHT_PER_RUNNING * this.#maxRunning;
  }

  #forget(): void {
    for (const [arn, execution] of this.#byArn) {
      if (this.#byArn.size <= KEPT_FINISHED) return;
      if (!execution.end) continue;
      this.#byArn.delete(arn);
      this.#kept.forget(arn);
    }
  }
}
