/**
 * The brake on what runs at a time: whoever wants to start an execution waits until fewer images are under way than may be.
 * Lambda refuses to run functions when the account has no concurrency left; steps are patient then, but what waits in the
 * queue costs nothing, and cannot fail. How many are under way is what the records say: counting what was begun and what has
 * ended would go wrong with each that is lost.
 */
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Batches of ten that are taken from the queue at a time. Whoever waits for room is a function that runs: as few as can fill the
 * room that there is, at some 30 starts a second each. SQS event sources take 2 to 1,000.
 * @param concurrency the setting.
 */
export function pollersFor(concurrency: number): number {
  return Math.min(1000, Math.max(2, Math.ceil(concurrency / 50)));
}

/** Of the functions that an account can run at a time, what is left to others. */
const LEFT_TO_OTHERS = 0.05;

/**
 * How many images may be under way: each has one function running at a time.
 * @param account functions that it can run at a time; undefined where that is not known.
 */
export function mostUnderWay({ concurrency, account }: { concurrency: number; account: number | undefined }) {
  if (account === undefined) return concurrency;
  return Math.max(
    1,
    Math.min(concurrency, Math.ceil(account * (1 - LEFT_TO_OTHERS)) - pollersFor(concurrency)),
  );
}

export interface RoomOptions {
  /** Images under way at a time. */
  most: number;
  /** Functions that ask for room at the same time, at most: each takes its share of what there is. */
  askers: number;
  /** How many images are under way. */
  count(): Promise<number>;
  /** When to give up, as the clock tells it. */
  untilMs: number;
  /** Another one in a simulation. */
  clock?: Clock;
}

export interface Clock {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<unknown>;
  /** From 0 to 1. */
  random(): number;
}

const REAL: Clock = { now: Date.now, sleep: (ms) => sleep(ms), random: Math.random };

/** There was no room in time. The message comes again. */
export class NoRoom extends Error {
  override readonly name = "NoRoom";
}

const LOOK_EVERY_MS = 200;

/** Of what may be under way, the share that bulk work may take: the rest is for whoever uploads meanwhile. */
const BULK_SHARE = 0.5;

/** For the messages of one batch. */
export class Room {
  readonly #options: RoomOptions;
  #free = 0;
  #underWay = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /**
   * Resolves when there is room for one image more, which is then taken.
   * @param kind of work: images that are processed again leave room for uploads.
   * @throws NoRoom
   */
  enter(kind: "upload" | "bulk"): Promise<void> {
    const entered = this.#turn.then(() => this.#take(kind));
    this.#turn = entered.catch(() => undefined);
    return entered;
  }

  async #take(kind: "upload" | "bulk"): Promise<void> {
    const { most, askers, count, untilMs, clock = REAL } = this.#options;
    const limit = kind === "bulk" ? Math.max(1, Math.floor(most * BULK_SHARE)) : most;
    while (this.#free < 1 || this.#underWay >= limit) {
      this.#underWay = await count();
      const room = limit - this.#underWay;
      this.#free = room < 1 ? 0 : Math.max(1, Math.floor(room / askers));
      if (this.#free >= 1) break;
      if (clock.now() + LOOK_EVERY_MS > untilMs)
        throw new NoRoom(`${this.#underWay} images are under way, and no more than ${limit} may be.`);
      await clock.sleep(LOOK_EVERY_MS * (0.5 + clock.random()));
    }
    this.#free -= 1;
    this.#underWay += 1;
  }
}
