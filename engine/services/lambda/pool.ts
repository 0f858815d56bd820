/** The warm processes of one function: how many there may be, who waits for one, and when idle ones are let go. */
import type { FunctionError } from "./invocation.ts";
import type { Sandbox } from "./sandbox.ts";

/** A process that nobody used for this long makes room; one is always kept. */
const IDLE_MS = 60_000;

export class Pool {
  readonly #start: () => Sandbox;
  readonly #size: number;
  readonly #all = new Set<Sandbox>();
  readonly #idle: { sandbox: Sandbox; since: number }[] = [];
  readonly #waiting: ((sandbox: Sandbox | undefined) => void)[] = [];
  readonly #sweeper: NodeJS.Timeout;
  #stopped = false;

  constructor(size: number, start: () => Sandbox) {
    this.#size = size;
    this.#start = start;
    this.#sweeper = setInterval(() => this.#sweep(), IDLE_MS / 4).unref();
  }

  /** A process that is ready to be invoked, or the error that stopped its handler from being loaded. */
  async acquire(): Promise<Sandbox | FunctionError> {
    const sandbox = this.#stopped ? undefined : (this.#takeIdle() ?? this.#grow() ?? (await this.#wait()));
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
    if (next) next(this.#startOne());
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

  #grow(): Sandbox | undefined {
    return this.#all.size < this.#size ? this.#startOne() : undefined;
  }

  #startOne(): Sandbox {
    const sandbox = this.#start();
    this.#all.add(sandbox);
    return sandbox;
  }

  #wait(): Promise<Sandbox | undefined> {
    return new Promise((resolve) => this.#waiting.push(resolve));
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
