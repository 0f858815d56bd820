/** The history of one execution, in the events and words of GetExecutionHistory. */

import { readFileSync, writeFileSync } from "node:fs";
import type { ExecutionEnd } from "../../events.ts";

export interface HistoryEvent {
  id: number;
  previousEventId: number;
  /** Seconds since 1970, as the API's protocol has it. */
  timestamp: number;
  type: string;
  [details: string]: unknown;
}

export class History {
  readonly #file: string;
  /** Undefined once they are in the file. */
  #events: HistoryEvent[] | undefined = [];

  /** @param file takes the events of an execution that has ended: they are seldom asked for, and large. */
  constructor(file: string) {
    this.#file = file;
  }

  get events(): readonly HistoryEvent[] {
    return this.#events ?? JSON.parse(readFileSync(this.#file, "utf8"));
  }

  /** Nothing is written of what an earlier engine has written. */
  close(): void {
    if (this.#events && this.#events.length > 0) writeFileSync(this.#file, JSON.stringify(this.#events));
    this.#events = undefined;
  }

  executionStarted(input: string, roleArn: string): void {
    this.#add("ExecutionStarted", "executionStarted", { input, inputDetails: WHOLE, roleArn });
  }

  /** From the beginning, because the engine that ran it was gone before its end. */
  executionRedriven(redriveCount: number): void {
    this.#add("ExecutionRedriven", "executionRedriven", { redriveCount });
  }

  stateEntered(type: string, name: string, input: unknown): void {
    const details = { name, input: JSON.stringify(input), inputDetails: WHOLE };
    this.#add(`${type}StateEntered`, "stateEntered", details);
  }

  stateExited(type: string, name: string, output: unknown): void {
    const details = { name, output: JSON.stringify(output), outputDetails: WHOLE };
    this.#add(`${type}StateExited`, "stateExited", details);
  }

  taskScheduled(input: unknown, region: string, timeoutInSeconds: number | undefined): void {
    const limit = timeoutInSeconds === undefined ? {} : { timeoutInSeconds };
    this.#addTask("Scheduled", { region, parameters: JSON.stringify(input), ...limit });
    this.#addTask("Started", {});
  }

  taskSucceeded(result: object): void {
    this.#addTask("Succeeded", { output: JSON.stringify(result), outputDetails: WHOLE });
  }

  taskFailed(error: string, cause: string): void {
    this.#addTask(error === "States.Timeout" ? "TimedOut" : "Failed", { error, cause });
  }

  /** What happens inside of Parallel states. */
  note(type: string, details: Record<string, unknown>): void {
    this.#add(type, type.charAt(0).toLowerCase() + type.slice(1), details);
  }

  executionEnded(how: ExecutionEnd): void {
    if (how.status === "SUCCEEDED") {
      const details = { output: how.output, outputDetails: WHOLE };
      this.#add("ExecutionSucceeded", "executionSucceeded", details);
      return;
    }
    const { error, cause } = how;
    const word = { FAILED: "Failed", ABORTED: "Aborted", TIMED_OUT: "TimedOut" }[how.status];
    const details = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
    this.#add(`Execution${word}`, `execution${word}`, details);
  }

  #addTask(what: string, details: Record<string, unknown>): void {
    this.#add(`Task${what}`, `task${what}`, { resourceType: "lambda", resource: "invoke", ...details });
  }

  #add(type: string, detailsOf: string, details: Record<string, unknown>): void {
    const events = this.#events;
    if (!events) return;
    const id = events.length + 1;
    events.push({
      id,
      // The first state follows the start of the execution without pointing at it, on AWS too.
      previousEventId: id <= 2 ? 0 : id - 1,
      timestamp: Date.now() / 1000,
      type,
      [`${detailsOf}EventDetails`]: details,
    });
  }
}

const WHOLE = { truncated: false };
