/** What an execution tells as it runs; the terminal, the tests and the bench listen to it. */
import type { Report } from "../lambda/invocation.ts";
import type { ExecutionEnd } from "./history.ts";

/** An execution, as others see it. */
export interface ExecutionView {
  readonly arn: string;
  readonly name: string;
  /** JSON. */
  readonly input: string;
  readonly status: "RUNNING" | ExecutionEnd["status"];
  /** Undefined while it runs. */
  readonly end: ExecutionEnd | undefined;
  readonly startedAt: Date;
}

export type ExecutionEvent = { execution: ExecutionView } & (
  | { type: "started" }
  /** A start under a name that was used before; nothing runs because of it. */
  | { type: "startRepeated" }
  | { type: "stateEntered"; state: string; stateType: string }
  | ({ type: "stateRetried"; state: string; attempt: number } & StateError)
  | ({ type: "stateCaught"; state: string; next: string } & StateError)
  | ({ type: "stateFailed"; state: string; stateType: string } & StateError)
  | {
      type: "stateExited";
      state: string;
      stateType: string;
      durationMs: number;
      retries: number;
      /** Of every invocation that ran for this state. */
      reports: Report[];
    }
  | { type: "ended"; durationMs: number }
);

export interface StateError {
  error: string;
  cause: string;
}
