/** The warm processes of one function: how many there may be, who waits for one, and when idle ones are let go. */
import type { FunctionError } from "./invocation.ts";

/** What a pool holds; in a function it is a `Sandbox`. */
export interface PooledProcess {
  /** False once it cannot be used any more. */
  readonly alive: boolean;
  /** Settled once it can be used; resolves with the error when it cannot. */
  readonly ready: Promise<FunctionError | undefined>;
  kill(): void;
  stop(): Promise<void>;
}

/** A process that nobody used for this long makes room; one is always kept. */
const IDLE_MS = 60_000;
/** How long a process is taken to need for its start until one has started. */
const ASSUMED_START_MS = 200;

type Waiting<Sandbox> = (sandbox: Sandbox | undefined) => void;

export class Pool<Sandbox extends PooledProcess> {
  readonly #start: () => Sandbox;
  readonly #size: number;
  readonly #all = new Set<Sandbox>();
  readonly #idle: { sandbox: Sandbox; since: number }[] = [];
  readonly #waiting: Waiting<Sandbox>[] = [];
  readonly #sweeper: NodeJS.Timeout;
  #startMs = ASSUMED_START_MS;
  #starting = 0;
  #stopped = false;

  constructor(size: number, start: () => Sandbox) {
    this.#size = size;
    this.#start = start;
    this.#sweeper = setInterval(() => this.#sweep(), IDLE_MS / 4).unref();
  }

  /** A process that is ready to be invoked, or the error that stopped its handler from being loaded. */
  async acquire(): Promise<Sandbox | FunctionError> {
    const sandbox = this.#stopped ? undefined : (this.#takeIdle() ?? (await this.#wait()));
    if (!sandbox) return { errorType: "Runtime.ExitError", errorMessage: "The engine stops." };
    const error = await sandbox.ready;
    if (!error) return sandbox;
    this.release(sandbox);
    return error;
  }

  /** Gives a process back; a dead one is replaced when it is needed. */
  release(sandbox: Sandbox): void {
    const next = this.#waiting.shift();
    if (sandbox.alive) {
      if (next) next(sandbox);
      else this.#idle.push({ sandbox, since: Date.now() });
      return;
    }
    this.#all.delete(sandbox);
    next?.(this.#startOne());
  }

  /** Starts one process ahead of the first invocation. */
  warm(): Promise<unknown> {
    if (this.#all.size > 0 || this.#stopped) return Promise.resolve();
    const sandbox = this.#startOne();
    return sandbox.ready.then(() => this.release(sandbox));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#sweeper);
    for (const next of this.#waiting.splice(0)) next(undefined);
    await Promise.all([...this.#all].map((sandbox) => sandbox.stop()));
  }

  #takeIdle(): Sandbox | undefined {
    for (;;) {
      const last = this.#idle.pop();
      if (!last || last.sandbox.alive) return last?.sandbox;
      this.#all.delete(last.sandbox);
    }
  }

  #startOne(): Sandbox {
    const begun = performance.now();
    const sandbox = this.#start();
    this.#all.add(sandbox);
    this.#starting += 1;
    void sandbox.ready.then(() => {
      this.#starting -= 1;
      this.#startMs = performance.now() - begun;
    });
    return sandbox;
  }

  /**
   * The next process that is free. Another one is started, if there may be, only when none has become free for as long
   * as its start takes: most invocations take less, and a start costs as much processor time as dozens of them. For the
   * same reason only one starts at a time, however many wait.
   */
  #wait(): Promise<Sandbox | undefined> {
    if (this.#all.size === 0) return Promise.resolve(this.#startOne());
    return new Promise((resolve) => {
      const waiting: Waiting<Sandbox> = (sandbox) => {
        clearTimeout(timer);
        resolve(sandbox);
      };
      const grow = () => {
        if (this.#all.size >= this.#size) return;
        if (this.#starting > 0) {
          timer = setTimeout(grow, this.#startMs);
          return;
        }
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(this.#startOne());
      };
      let timer = setTimeout(grow, this.#startMs);
      this.#waiting.push(waiting);
    });
  }

  #sweep(): void {
    while (this.#idle.length > 0 && this.#all.size > 1) {
      const oldest = this.#idle[0];
      if (!oldest || Date.now() - oldest.since < IDLE_MS) return;
      this.#idle.shift();
      this.#all.delete(oldest.sandbox);
      oldest.sandbox.kill();
    }
  }
}
