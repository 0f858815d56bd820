/** One execution of a state machine: it runs, tells what happens, keeps its history, and ends in one way or another. */

import { setImmediate } from "node:timers/promises";
import { StateMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import type { ExecutionEnd, ExecutionEvent, ExecutionView, Report, StateError } from "../../events.ts";
import { LONGEST_TIMEOUT_SECONDS, watched } from "./definition.ts";
import { History } from "./history.ts";
import type { ExecutionRecord } from "./kept.ts";
import { type Task, TaskError } from "./tasks.ts";

export interface Machine {
  name: string;
  arn: string;
  roleArn: string;
  type: "STANDARD" | "EXPRESS";
  /** As it was given, for DescribeStateMachine. */
  text: string;
  definition: StateMachineDefinition;
  /** By the name of the state. */
  tasks: Map<string, Task>;
  createdAt: Date;
}

export interface ExecutionSettings {
  machine: Machine;
  name: string;
  arn: string;
  /** JSON. */
  input: string;
  region: string;
  /** Takes its history when it has ended. */
  historyFile: string;
  onEvent(event: ExecutionEvent): void;
  /** How far an earlier engine came with it. */
  earlier?: Pick<ExecutionRecord, "startedAt" | "redriveCount" | "ended"> | undefined;
}

type Run = ReturnType<StateMachine["run"]>;
type LogEvent = Run["eventLogs"] extends AsyncGenerator<infer E> ? E : never;
type StateEvent = Extract<LogEvent, { state: unknown }>;

/** A state while it runs: when it was entered and what its attempts came to so far. */
interface Visit {
  enteredAt: number;
  attempts: number;
  reports: Report[];
  lastError: StateError;
  /** When that was. */
  failedAt: number;
}

export class Execution implements ExecutionView {
  readonly machine: Machine;
  readonly name: string;
  readonly arn: string;
  readonly input: string;
  readonly startedAt: Date;
  /** How often it began anew, because the engine that ran it was gone before its end. */
  readonly redriveCount: number;
  readonly history: History;
  /** Undefined while it runs. */
  end: ExecutionEnd | undefined;
  endedAt: Date | undefined;
  /** In a Wait state, or before it tries again. Of several branches at once it is the one that moved last. */
  isWaiting = false;
  /** Is told when it begins to. */
  onWaiting: () => void = () => {};
  /** Is told of its end before all others. */
  onEnd: (end: ExecutionEnd, at: Date) => void = () => {};
  readonly #region: string;
  readonly #onEvent: (event: ExecutionEvent) => void;
  readonly #visits = new Map<string, Visit>();
  /** The context object's `$$.State`. */
  readonly #state = { Name: "", EnteredTime: "", RetryCount: 0 };
  #run: Run | undefined;
  #stopped: Partial<StateError> | undefined;

  constructor(settings: ExecutionSettings) {
    const { machine, name, arn, input, region, historyFile, onEvent, earlier } = settings;
    this.machine = machine;
    this.name = name;
    this.arn = arn;
    this.input = input;
    this.#region = region;
    this.#onEvent = onEvent;
    this.startedAt = earlier?.startedAt ?? new Date();
    this.redriveCount = earlier?.redriveCount ?? 0;
    this.history = new History(historyFile);
    if (earlier?.ended) {
      this.end = earlier.ended.end;
      this.endedAt = earlier.ended.at;
      this.history.close();
      return;
    }
    this.history.executionStarted(input, machine.roleArn);
    if (this.redriveCount > 0) this.history.executionRedriven(this.redriveCount);
  }

  get status(): "RUNNING" | ExecutionEnd["status"] {
    return this.end?.status ?? "RUNNING";
  }

  /** Runs to the end; never throws. */
  async run(): Promise<void> {
    if (this.end) return;
    const { machine, name, arn } = this;
    const began = performance.now();
    const interpreter = new StateMachine(
      watched(machine.definition, (state) => this.#enter(state)),
      { validationOptions: { noValidate: true } },
    );
    const handlers = [...machine.tasks].map(([state, task]) => [
      state,
      (input: unknown) => this.#attempt(state, task, input),
    ]);
    this.#run = interpreter.run(JSON.parse(this.input), {
      overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
      context: {
        Execution: { Id: arn, Name: name, RoleArn: machine.roleArn },
        StateMachine: { Id: machine.arn, Name: machine.name },
        State: this.#state,
      },
    });
    const ended = this.#run.result.then(
      (output): ExecutionEnd => ({ status: "SUCCEEDED", output: JSON.stringify(output) }),
      (error: unknown) => this.#endOf(error),
    );
    for await (const event of this.#run.eventLogs) this.#observe(event);
    this.#finish(await ended, performance.now() - began);
  }

  /** Ends it as StopExecution does. Functions that are at work go on, but nobody waits for them. */
  abort(error?: string, cause?: string): void {
    if (this.end || this.#stopped) return;
    this.#stopped = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
    if (this.#run) this.#run.abort();
    else this.#finish({ status: "ABORTED", ...this.#stopped });
  }

  #finish(end: ExecutionEnd, durationMs = 0): void {
    this.end = end;
    const at = new Date();
    this.endedAt = at;
    this.history.executionEnded(end);
    this.history.close();
    this.onEnd(end, at);
    this.#onEvent({ type: "ended", execution: this, durationMs });
  }

  #endOf(thrown: unknown): ExecutionEnd {
    const failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (failure.name === "ExecutionAbortedError") return { status: "ABORTED", ...this.#stopped };
    if (failure.name === "ExecutionTimeoutError") return { status: "TIMED_OUT", error: "States.Timeout" };
    const { name, message } = failure.cause instanceof Error ? failure.cause : failure;
    return { status: "FAILED", error: name, cause: this.#withBackslashes(message) };
  }

  /**
   * The interpreter takes backslashes out of what intrinsic functions give. Of `States.JsonToString($.error)`, where the error's cause is
   * JSON as Lambda's are, nothing that can be parsed is left: it is put together anew.
   */
  #withBackslashes(text: string): string {
    const errors = [...this.#visits.values()].map(({ lastError: { error, cause } }) =>
      JSON.stringify({ Error: error, Cause: cause }),
    );
    return errors.find((json) => json.replaceAll("\\", "") === text) ?? text;
  }

  #enter(state: string): void {
    this.#waits(this.machine.definition.States[state]?.Type === "Wait");
    this.#visits.set(state, {
      enteredAt: performance.now(),
      attempts: 0,
      reports: [],
      lastError: { error: "", cause: "" },
      failedAt: performance.now(),
    });
    Object.assign(this.#state, { Name: state, EnteredTime: new Date().toISOString(), RetryCount: 0 });
  }

  async #attempt(state: string, task: Task, input: unknown): Promise<never> {
    // Lets the interpreter's log tell first that the state was entered or is retried.
    await setImmediate();
    if (this.end || this.#stopped) throw new TaskError("States.Aborted", "", { final: true });
    this.#waits(false);
    const visit = this.#visits.get(state);
    const attempt = visit ? ++visit.attempts : 1;
    const isLatest = () => !this.end && this.#visits.get(state) === visit && visit?.attempts === attempt;
    this.history.taskScheduled(input, this.#region, this.#timeoutSeconds(state));
    try {
      const result = await task(input, (report) => visit?.reports.push(report));
      if (isLatest()) this.history.taskSucceeded(result);
      return result as never;
    } catch (error) {
      if (isLatest()) {
        this.#state.RetryCount = attempt;
        this.#waits(true);
      }
      throw error;
    }
  }

  #waits(isWaiting: boolean): void {
    this.isWaiting = isWaiting;
    if (isWaiting) this.onWaiting();
  }

  #timeoutSeconds(name: string): number | undefined {
    const state = this.machine.definition.States[name];
    if (state?.Type !== "Task" || state.TimeoutSeconds === LONGEST_TIMEOUT_SECONDS) return undefined;
    return state.TimeoutSeconds;
  }

  #observe(event: LogEvent): void {
    if ("state" in event) this.#observeState(event);
    else if ("index" in event) {
      this.history.note(event.type, { name: event.parentState.name, index: event.index });
    }
  }

  #observeState(event: StateEvent): void {
    const { name: state, type: stateType, input, output } = event.state;
    const visit = this.#visits.get(state);
    const tell = { execution: this, state, stateType };
    switch (event.type) {
      case "StateEntered":
        this.history.stateEntered(stateType, state, input);
        this.#onEvent({ type: "stateEntered", ...tell });
        break;
      case "StateRetried": {
        const { attempt } = event.retry;
        const waitedMs = visit ? performance.now() - visit.failedAt : 0;
        const error = visit?.lastError ?? UNKNOWN_ERROR;
        this.#onEvent({ type: "stateRetried", ...tell, attempt, waitedMs, ...error });
        break;
      }
      case "StateCaught": {
        const next = event.catch.catcher.Next;
        this.#onEvent({ type: "stateCaught", ...tell, next, ...(visit?.lastError ?? UNKNOWN_ERROR) });
        break;
      }
      case "StateExited": {
        const { enteredAt, attempts, reports } = visit ?? {
          enteredAt: performance.now(),
          attempts: 1,
          reports: [],
        };
        this.history.stateExited(stateType, state, output);
        const durationMs = performance.now() - enteredAt;
        this.#onEvent({
          type: "stateExited",
          ...tell,
          durationMs,
          retries: Math.max(0, attempts - 1),
          reports,
        });
        break;
      }
      case "StateFailed":
        this.#failed(event, visit);
        break;
    }
  }

  #failed(event: Extract<LogEvent, { type: "StateFailed" }>, visit: Visit | undefined): void {
    const { name: state, type: stateType } = event.state;
    const failure = { error: event.Error, cause: String(event.Cause) };
    if (visit) Object.assign(visit, { lastError: failure, failedAt: performance.now() });
    if (this.machine.tasks.has(state)) this.history.taskFailed(failure.error, failure.cause);
    this.#onEvent({ type: "stateFailed", execution: this, state, stateType, ...failure });
  }
}

const UNKNOWN_ERROR: StateError = { error: "Unknown", cause: "" };
