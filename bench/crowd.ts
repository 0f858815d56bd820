/**
 * Many people who send photographs and watch them in the web app at the same time: simulated, with the page's own rule of how
 * long it waits, and the API's throttle as a bucket of tokens, which is what API Gateway's is.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
import { pollDelayMs } from "../site/src/store/watched.ts";
import { MOST_AT_ONCE } from "../site/src/upload/at-once.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface Crowd {
  people: number;
  /** Each of them sends so many. */
  uploads: number;
  /** All of them come within so many seconds. */
  withinSeconds: number;
  throttle: { requestsPerSecond: number; burst: number };
  /** The setting: images that are processed at a time. */
  concurrency: number;
  /** As start-execution takes them from the queue. */
  startsPerSecond: number;
}

export interface Served {
  /** To the API, from the first page that is opened until each has looked on for a minute after its last image was done. */
  requests: number;
  /** In the busiest second. */
  mostPerSecond: number;
  /** Refused by the throttle (429). */
  refused: number;
  /** From the last image of somebody that arrived to its being shown, in the middle and at worst. */
  waitSeconds: { median: number; most: number };
}

/** What a page asks for when it is opened: what was used, the list, what is under way. */
const OPENING_REQUESTS = 3;
/** A photograph of 4 MB at 10 Mbit/s, with as many beside it as the page sends at a time. */
const SEND_MS = (4_000_000 * 8 * MOST_AT_ONCE) / 10_000;
/** An answer of the API, and what start-execution takes. */
const ANSWER_MS = 60;
const START_MS = 500;
/** Of the steps, warm: docs/costs.md. */
const WORK_MS = 1_550;
const IDLE_WAIT_MS = 15_000;
const LOOKS_ON_MS = 60_000;
/** What the page does when it is refused. */
const TRY_AGAIN_MS = 2_000;

export async function simulateCrowd(crowd: Crowd, seed = 1): Promise<Served> {
  const clock = new VirtualClock(seed);
  const api = new Throttle(clock, crowd.throttle);
  const waits: number[] = [];
  const queue: (() => void)[] = [];
  let underWay = 0;
  let left = crowd.people;
  let nextStartMs = 0;

  /** Resolves when the image is processed: in the order in which they came, so many at a time. */
  async function process(): Promise<void> {
    const turnMs = Math.max(clock.now(), nextStartMs);
    nextStartMs = turnMs + 1000 / crowd.startsPerSecond;
    await clock.sleep(turnMs - clock.now() + START_MS);
    if (underWay >= crowd.concurrency) await new Promise<void>((resolve) => queue.push(resolve));
    underWay += 1;
    await clock.sleep(WORK_MS * (0.8 + 0.4 * clock.random()));
    underWay -= 1;
    queue.shift()?.();
  }

  async function person(): Promise<void> {
    await clock.sleep(clock.random() * crowd.withinSeconds * 1000);
    for (let request = 0; request < OPENING_REQUESTS; request++) await api.ask();
    const page = { arrived: 0, done: 0, shown: 0, changedAtMs: clock.now(), lastArrivedAtMs: 0 };
    const send = async (files: number) => {
      for (let file = 0; file < files; file++) {
        await api.ask();
        await clock.sleep(SEND_MS * (0.7 + 0.6 * clock.random()));
        page.arrived += 1;
        page.changedAtMs = clock.now();
        page.lastArrivedAtMs = clock.now();
        void process().then(() => {
          page.done += 1;
        });
      }
    };
    for (let sender = 0; sender < MOST_AT_ONCE; sender++)
      void send(Math.ceil((crowd.uploads - sender) / MOST_AT_ONCE));
    let doneAtMs = Number.POSITIVE_INFINITY;
    while (clock.now() < doneAtMs + LOOKS_ON_MS) {
      const isLive = page.shown < crowd.uploads;
      await clock.sleep(isLive ? pollDelayMs(clock.now() - page.changedAtMs) : IDLE_WAIT_MS);
      await api.ask();
      if (page.done === page.shown) continue;
      // That an image is done is told by one request, and its record is asked for by the next, with all others.
      page.changedAtMs = clock.now();
      const done = page.done;
      await clock.sleep(pollDelayMs(0));
      await api.ask();
      page.shown = done;
      if (page.shown < crowd.uploads) continue;
      doneAtMs = clock.now();
      waits.push((doneAtMs - page.lastArrivedAtMs) / 1000);
    }
    left -= 1;
  }

  for (let each = 0; each < crowd.people; each++) void person();
  await clock.run(() => left === 0);
  waits.sort((a, b) => a - b);
  const { requests, mostPerSecond, refused } = api;
  const at = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? Number.NaN;
  return { requests, mostPerSecond, refused, waitSeconds: { median: at(0.5), most: at(1) } };
}

class Throttle {
  requests = 0;
  refused = 0;
  mostPerSecond = 0;
  readonly #clock: VirtualClock;
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs = 0;
  #second = { index: -1, requests: 0 };

  constructor(clock: VirtualClock, { requestsPerSecond, burst }: Crowd["throttle"]) {
    this.#clock = clock;
    this.#rate = requestsPerSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Asks until it is answered. */
  async ask(): Promise<void> {
    while (!this.#take()) {
      this.refused += 1;
      await this.#clock.sleep(TRY_AGAIN_MS * (0.5 + this.#clock.random()));
    }
    await this.#clock.sleep(ANSWER_MS);
  }

  #take(): boolean {
    const nowMs = this.#clock.now();
    this.requests += 1;
    const index = Math.floor(nowMs / 1000);
    if (index !== this.#second.index) this.#second = { index, requests: 0 };
    this.#second.requests += 1;
    this.mostPerSecond = Math.max(this.mostPerSecond, this.#second.requests);
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * this.#rate);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
