/** What the engine tells while it runs: terminal, tests, costs and bench listen to it. */

/** What the engine tells while it runs. */
export interface EngineEvents {
  /** A call at the endpoint was answered. */
  call: [CallEvent];
  /** An execution started, entered a state, retried, ended. */
  execution: [ExecutionEvent];
  /** A function wrote a line, at the edge too, or the API one to its access log. */
  log: [LogLine];
  /** A function is invoked, and may have to wait for a process. */
  invocation: [Pick<Report, "functionName" | "requestId">];
  /** Its end: what it took. */
  report: [Report];
  /** A function dealt with messages of a queue, or failed to. */
  batch: [BatchDone];
}

/** A call that was answered. */
export interface CallEvent {
  service: string;
  /** Empty where the request could not be read. */
  operation: string;
  /** Of S3: bucket and key. */
  resource: string | undefined;
  /** The function that signed it, or says that it did with the keys of a session; undefined for everyone else. */
  functionName: string | undefined;
  /** Of the body, as it was announced: none for one in chunks. */
  requestBytes: number;
  /** Of the whole answer, headers included. */
  responseBytes: number;
  status: number;
}

/** What a function writes to its standard output and error. */
export interface LogLine {
  functionName: string;
  logGroup: string;
  requestId?: string;
  stream: "stdout" | "stderr";
  line: string;
  at: Date;
}

/** What became of the messages of one invocation. */
export interface BatchDone {
  queueArn: string;
  functionName: string;
  handled: Message[];
  /** They come back after the queue's visibility timeout, or go to its dead-letter queue. */
  failed: Message[];
  /** What is left of that timeout. */
  visibleAgainInSeconds: number;
}

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  /** Base64. */
  BinaryValue?: string;
}

export interface Message {
  messageId: string;
  receiptHandle: string;
  body: string;
  md5OfBody: string;
  /** ApproximateReceiveCount, SentTimestamp, SenderId, ApproximateFirstReceiveTimestamp. */
  attributes: Record<string, string>;
  messageAttributes: Record<string, MessageAttribute>;
}

/** What Lambda writes in a REPORT line. */
export interface Report {
  functionName: string;
  requestId: string;
  /** From the moment the process got the event until it answered. */
  durationMs: number;
  /** Loading the handler; only on the first invocation of a process. */
  initDurationMs?: number;
  /** Waiting for a free process. */
  queuedMs: number;
  /** The process's largest resident memory so far. */
  maxMemoryUsedMB: number;
}

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
  | ({ type: "stateRetried"; state: string; attempt: number; waitedMs: number } & StateError)
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

/** How an execution ended. */
export type ExecutionEnd =
  | { status: "SUCCEEDED"; output: string }
  | { status: "FAILED" | "ABORTED" | "TIMED_OUT"; error?: string; cause?: string };
