/** The history of one execution, in the events and words of GetExecutionHistory. */

import { readFileSync, writeFileSync } from "node:fs";
import type { ExecutionEnd } from "../../events.ts";
import type { Task } from "./tasks.ts";

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

  taskScheduled(task: Task, input: unknown, region: string, timeoutInSeconds: number | undefined): void {
    const parameters = JSON.stringify(input);
    const limit = timeoutInSeconds === undefined ? {} : { timeoutInSeconds };
    if (task.resourceType === "function") {
      const details = { resource: task.resource, input: parameters, inputDetails: WHOLE, ...limit };
      this.#add("LambdaFunctionScheduled", "lambdaFunctionScheduled", details);
      this.#add("LambdaFunctionStarted");
    } else {
      this.#addTask("Scheduled", task, { region, parameters, ...limit });
      this.#addTask("Started", task, {});
    }
  }

  taskSucceeded(task: Task, result: unknown): void {
    this.#addTask("Succeeded", task, { output: JSON.stringify(result), outputDetails: WHOLE });
  }

  taskFailed(task: Task, error: string, cause: string): void {
    this.#addTask(error === "States.Timeout" ? "TimedOut" : "Failed", task, { error, cause });
  }

  /** What happens inside of Map and Parallel states. */
  note(type: string, details: Record<string, unknown> = {}): void {
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

  #addTask(what: string, task: Task, details: Record<string, unknown>): void {
    const { resourceType, resource } = task;
    if (resourceType === "function") this.#add(`LambdaFunction${what}`, `lambdaFunction${what}`, details);
    else this.#add(`Task${what}`, `task${what}`, { resourceType, resource, ...details });
  }

  #add(type: string, detailsOf?: string, details?: Record<string, unknown>): void {
    const events = this.#events;
    if (!events) return;
    const id = events.length + 1;
    events.push({
      id,
      // The first state follows the start of the execution without pointing at it, on AWS too.
      previousEventId: id <= 2 ? 0 : id - 1,
      timestamp: Date.now() / 1000,
      type,
      ...(detailsOf !== undefined && { [`${detailsOf}EventDetails`]: details }),
    });
  }
}

const WHOLE = { truncated: false };
