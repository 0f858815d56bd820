/** Faults that are injected into the engine, and the book in which they wait for their turn. */
import { setTimeout as sleep } from "node:timers/promises";

export const LAMBDA_FAULTS = ["throttle", "timeout", "kill", "disconnect", "service-exception"] as const;
export const SERVICE_FAULTS = ["error500", "throttle", "disconnect", "slow"] as const;

export interface LambdaFault {
  kind: (typeof LAMBDA_FAULTS)[number];
  /** How long the invocation runs: `kill`, before its process is killed; `disconnect`, before whoever invoked it loses it. */
  delayMs?: number;
  /** `kill`, `disconnect`: what that waits for, in place of a time. */
  until?: Promise<unknown>;
}

export interface ServiceFault {
  /** `disconnect`: what is asked for is done, and its answer lost. */
  kind: (typeof SERVICE_FAULTS)[number];
  /** `slow`: how long the answer is held back. */
  delayMs?: number;
  /** `slow`: what the answer waits for, in place of a time. */
  until?: Promise<unknown>;
}

/** Which of the calls that match are hit: so many, and it is used up; or a share of them, between 0 and 1, for ever. */
export type FaultFrequency = { times: number; share?: undefined } | { share: number; times?: undefined };

/** A fault as it is asked for. */
export type Fault = FaultFrequency &
  (
    | (LambdaFault & {
        /** `function` matches any function whose name contains it. */
        target: { service: "lambda"; function: string };
      })
    | (ServiceFault & {
        /** `operation` is the API name, such as `GetObject`; `key` matches any bucket and key that contains it. */
        target: { service: string; operation?: string; key?: string };
      })
  );

/** The faults still to come. Each `take…` uses up one occurrence of the oldest fault that matches. */
export class Faults {
  #pending: Fault[] = [];
  readonly #unused = new Set<Fault>();
  readonly #random: () => number;

  /** @param random decides which calls a share hits: 0 up to 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  add(fault: Fault): void {
    const added = { ...fault };
    this.#pending.push(added);
    this.#unused.add(added);
  }

  clear(): void {
    this.#pending = [];
    this.#unused.clear();
  }

  /** Those that have hit nothing so far. */
  unused(): Fault[] {
    return [...this.#unused];
  }

  takeLambda(functionName: string): LambdaFault | undefined {
    for (const fault of this.#pending) {
      if (!isOfLambda(fault) || !functionName.includes(fault.target.function)) continue;
      if (!this.#hits(fault)) continue;
      const { kind, delayMs, until } = fault;
      return { kind, ...(delayMs !== undefined && { delayMs }), ...(until && { until }) };
    }
    return undefined;
  }

  takeService(service: string, operation: string | undefined, key?: string): ServiceFault | undefined {
    for (const fault of this.#pending) {
      if (isOfLambda(fault) || fault.target.service !== service) continue;
      if (fault.target.operation !== undefined && fault.target.operation !== operation) continue;
      if (fault.target.key !== undefined && !key?.includes(fault.target.key)) continue;
      if (!this.#hits(fault)) continue;
      const { kind, delayMs, until } = fault;
      return { kind, ...(delayMs !== undefined && { delayMs }), ...(until && { until }) };
    }
    return undefined;
  }

  /** Holds a call back that is to be slow. @returns how it is to fail, if it is. */
  async strike(service: string, operation: string, resource: string | undefined) {
    const fault = this.takeService(service, operation, resource);
    // An answer that is held back keeps no process from ending.
    if (fault?.kind === "slow")
      await (fault.until ?? sleep(fault.delayMs ?? 1000, undefined, { ref: false }));
    return fault?.kind === "slow" ? undefined : fault?.kind;
  }

  #hits(fault: Fault): boolean {
    if (fault.share !== undefined && this.#random() >= fault.share) return false;
    this.#unused.delete(fault);
    if (fault.times === undefined) return true;
    fault.times -= 1;
    if (fault.times <= 0) this.#pending = this.#pending.filter((other) => other !== fault);
    return true;
  }
}

type LambdaRequest = Extract<Fault, LambdaFault>;

function isOfLambda(fault: Fault): fault is LambdaRequest {
  return fault.target.service === "lambda";
}
