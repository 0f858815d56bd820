/** A time that passes as fast as everything that waits for it allows. */
import { setImmediate } from "node:timers/promises";
import TinyQueue from "tinyqueue";
import type { Clock } from "../functions/start-execution/room.ts";
import { seeded } from "../tools/random.ts";

interface Waiting {
  atMs: number;
  order: number;
  act(): void;
}

export class VirtualClock implements Clock {
  /** The same seed gives the same run. */
  readonly random: () => number;
  #nowMs = 0;
  #order = 0;
  readonly #waiting = new TinyQueue<Waiting>([], (a, b) => a.atMs - b.atMs || a.order - b.order);

  constructor(seed: number) {
    this.random = seeded(seed).next;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#nowMs + ms, resolve));
  }

  at(atMs: number, act: () => void): void {
    this.#waiting.push({ atMs, order: this.#order++, act });
  }

  /** Lets time pass until it is over, or nobody waits for anything. */
  async run(isOver: () => boolean): Promise<void> {
    await setImmediate();
    for (let next = this.#waiting.pop(); next && !isOver(); next = this.#waiting.pop()) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.act();
      // Whoever waited goes on before the next one does.
      await setImmediate();
    }
  }
}
