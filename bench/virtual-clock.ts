/** A time that passes as fast as everything that waits for it allows. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../functions/start-execution/room.ts";

interface Waiting {
  atMs: number;
  order: number;
  act(): void;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #state: number;
  /** A heap: whoever is next is first. */
  readonly #waiting: Waiting[] = [];

  constructor(seed: number) {
    this.#state = seed;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Mulberry32, so that the same seed gives the same run. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#nowMs + ms, resolve));
  }

  at(atMs: number, act: () => void): void {
    this.#push({ atMs, order: this.#order++, act });
  }

  /** Lets time pass until it is over, or nobody waits for anything. */
  async run(isOver: () => boolean): Promise<void> {
    await setImmediate();
    for (let next = this.#pop(); next && !isOver(); next = this.#pop()) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.act();
      // Whoever waited goes on before the next one does.
      await setImmediate();
    }
  }

  #push(item: Waiting): void {
    const heap = this.#waiting;
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(item, heap[parent])) break;
      [heap[index], heap[parent]] = [heap[parent] ?? item, item];
      index = parent;
    }
  }

  #pop(): Waiting | undefined {
    const heap = this.#waiting;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    heap[0] = last;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const child = isBefore(heap[right], heap[left]) ? right : left;
      const candidate = heap[child];
      if (!isBefore(candidate, last) || candidate === undefined) return first;
      [heap[index], heap[child]] = [candidate, last];
      index = child;
    }
  }
}

function isBefore(a: Waiting | undefined, b: Waiting | undefined): boolean {
  if (a === undefined) return false;
  return b === undefined || a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
