/** The executions that are kept, and the few of them that run at a time. */
import type { Execution } from "./execution.ts";

/** Finished executions kept to be looked at; each has its whole history. */
const KEPT_FINISHED = 2_000;
/** Names that a later start would repeat, kept longer than the executions: on AWS, for 90 days. */
const KEPT_NAMES = 100_000;

const IN_FLIGHT_PER_RUNNING = 20;

export class ExecutionStore {
  readonly #maxRunning: number;
  readonly #byArn = new Map<string, Execution>();
  readonly #usedArns = new Set<string>();
  readonly #waiting: Execution[] = [];
  readonly #running = new Map<Execution, Promise<void>>();
  #stopped = false;

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /** Starts it as soon as there is room. */
  add(execution: Execution): void {
    this.#byArn.set(execution.arn, execution);
    this.#usedArns.add(execution.arn);
    this.#waiting.push(execution);
    execution.onWaiting = () => this.#next();
    this.#forget();
    this.#next();
  }

  get(arn: string): Execution | undefined {
    return this.#byArn.get(arn);
  }

  /** Whether an execution has had this ARN, even if it is no longer kept. */
  wasUsed(arn: string): boolean {
    return this.#usedArns.has(arn);
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
    for (const arn of this.#usedArns) {
      if (this.#usedArns.size <= KEPT_NAMES) break;
      this.#usedArns.delete(arn);
    }
    for (const [arn, execution] of this.#byArn) {
      if (this.#byArn.size <= KEPT_FINISHED) return;
      if (execution.end) this.#byArn.delete(arn);
    }
  }
}
