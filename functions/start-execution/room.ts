/**
 * The brake on what runs at a time: an execution is started only while fewer images are under way than may be. Lambda refuses
 * to run functions when the account has no concurrency left; steps are patient then, but what waits in the queue costs next to
 * nothing. How many are under way is what the records say: counting what was begun and what has ended would go wrong with each
 * that is lost.
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

/** A message is delivered so often, three minutes apart, before it becomes a dead letter. */
export const MAX_DELIVERIES = 10;

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
  /** That of all images unless told. */
  of?: "all" | "owner";
  /** Images under way at a time. */
  most: number;
  /** Functions that ask for room at the same time, at most: each takes its share of what there is. */
  askers: number;
  /** How many images are under way. */
  count(): Promise<number>;
  /** By this process, for an earlier batch, at all images. Without it nobody begins before it is looked. */
  lastLook?: LastLook;
  /** Another one in a simulation. */
  clock?: Clock;
}

/** What a process remembers from one batch to the next. */
export class LastLook {
  /** Of all images: none of an owner has more of them. */
  underWay = Number.POSITIVE_INFINITY;
}

export interface Admission {
  /** Images that are processed again leave room for uploads. */
  kind: "upload" | "bulk";
  /** Until when to wait for room, as the clock tells it. There is one look in any case. */
  untilMs: number;
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
  readonly of: NonNullable<RoomOptions["of"]>;

  constructor(of: NoRoom["of"], message: string) {
    super(message);
    this.of = of;
  }
}

const LOOK_EVERY_MS = 100;

/**
 * How long a process lets messages wait for room. It is a function that runs meanwhile, and where others have nearly all that the
 * account runs, those that wait would take the rest: no image could go on, and make room. So whoever waited in vain waits for a
 * shorter time the next time, and whoever found room, for longer again. bench/README.md has what becomes of it.
 */
export class Patience {
  #share = 1;

  /** @param ms there are at most. */
  of(ms: number): number {
    return ms * this.#share;
  }

  async learnFrom<Entered>(waiting: Promise<Entered>): Promise<Entered> {
    try {
      const entered = await waiting;
      this.#share = Math.min(1, this.#share * 1.1);
      return entered;
    } catch (error) {
      if (error instanceof NoRoom && error.of === "all") this.#share = Math.max(0.005, this.#share * 0.9);
      throw error;
    }
  }
}

const MOSTLY_FREE = 0.5;

/** Of what may be under way, the share that bulk work may take: the rest is for whoever uploads meanwhile. */
const BULK_SHARE = 0.5;

/**
 * For the messages of one batch. Where most of the room was free when this process looked last, the first upload begins while it looks
 * again: each process may so begin one image too many, once.
 */
export class Room {
  readonly #options: RoomOptions;
  /** The first look begins with the room: those into several rooms are waited for together. */
  #firstCount: Promise<number> | undefined;
  /** What this batch may still take of the room that it has seen. */
  #free = 0;
  #underWay = 0;
  /** Who has begun without a look, and may not be in the first count. */
  #ahead = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** The limit that was found to be reached, at the last look. */
  #fullAt = 0;
  /** Those that have entered since the last look, and are not counted yet. */
  #beginning: Promise<unknown>[] = [];

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#firstCount = options.count();
    this.#firstCount.catch(() => undefined);
  }

  /**
   * Begins with one image more, once there is room for it.
   * @param begin makes it one of those that are counted.
   * @throws NoRoom, and whatever `begin` throws
   */
  async enter<Begun>(admission: Admission, begin: () => Promise<Begun>): Promise<Begun> {
    if (this.#mayGoAhead(admission)) return this.#goAhead(begin);
    const turn = this.#turn.then(() => this.#take(admission));
    const beginning = turn.then(begin);
    this.#turn = turn.then(
      () => this.#beginning.push(beginning),
      () => undefined,
    );
    return beginning;
  }

  #mayGoAhead({ kind }: Admission): boolean {
    const { most, askers, lastLook } = this.#options;
    const isFirst = this.#firstCount !== undefined && this.#ahead === 0;
    const wereFree = most - (lastLook?.underWay ?? Number.POSITIVE_INFINITY);
    return isFirst && kind === "upload" && wereFree >= Math.max(most * MOSTLY_FREE, 2 * askers);
  }

  #goAhead<Begun>(begin: () => Promise<Begun>): Promise<Begun> {
    const { of = "all", most, lastLook } = this.#options;
    this.#ahead = 1;
    const beginning = begin();
    // Nothing is known any more until the look has come to its end.
    if (lastLook && of === "all") lastLook.underWay = Number.POSITIVE_INFINITY;
    this.#beginning.push(beginning);
    this.#turn = this.#turn.then(() => this.#look(most)).catch(() => undefined);
    return beginning;
  }

  async #take({ kind, untilMs }: Admission): Promise<void> {
    const { of = "all", most, clock = REAL } = this.#options;
    const limit = kind === "bulk" ? Math.max(1, Math.floor(most * BULK_SHARE)) : most;
    while (this.#free < 1 || this.#underWay >= limit) {
      const isLate = clock.now() + LOOK_EVERY_MS > untilMs;
      // Whoever does not wait need not look where another one has just seen that there is none.
      if (!(isLate && limit <= this.#fullAt)) await this.#look(limit);
      if (this.#free >= 1) break;
      if (isLate)
        throw new NoRoom(
          of,
          `${this.#underWay} images${of === "owner" ? " of their owner" : ""} are under way, and no more than ${limit} may be.`,
        );
      await clock.sleep(LOOK_EVERY_MS * (0.5 + clock.random()));
    }
    this.#free -= 1;
    this.#underWay += 1;
  }

  async #look(limit: number): Promise<void> {
    const { of = "all", askers, count, lastLook } = this.#options;
    await Promise.allSettled(this.#beginning);
    this.#beginning = [];
    this.#underWay = (await (this.#firstCount ?? count())) + this.#ahead;
    this.#firstCount = undefined;
    this.#ahead = 0;
    if (lastLook && of === "all") lastLook.underWay = this.#underWay;
    const room = limit - this.#underWay;
    this.#free = room < 1 ? 0 : Math.max(1, Math.floor(room / askers));
    this.#fullAt = room < 1 ? limit : 0;
  }
}
