/**
 * What becomes of more uploads than the account has functions for: simulated, with the brake of start-execution and the
 * retriers of the state machine as they are, and with AWS's queue, its pollers and Lambda's limit as they are documented.
 */
import { mostUnderWay, NoRoom, pollersFor, Room } from "../functions/start-execution/room.ts";
import { type Retrier, renderDefinition } from "../statemachine/render.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface Load {
  /** Functions that the account runs at a time. */
  limit: number;
  /** Uploads of one person, at once. */
  uploads: number;
  /** The setting. */
  concurrency: number;
}

export interface Drained {
  failed: number;
  /** Messages that went to the dead letters. */
  deadLetters: number;
  seconds: number;
  /** What it would take if every function were busy all the time. */
  idealSeconds: number;
  /** From the upload of somebody else, a tenth of the way, to its end. */
  otherSeconds: number;
}

/** Seconds of the steps for a photograph of 12 megapixels, warm: docs/costs.md. */
const STEP_SECONDS = { Validate: 0.15, Resize: 0.35, Watermark: 0.95, RecordMetadata: 0.1 };
const WORK_SECONDS = Object.values(STEP_SECONDS).reduce((sum, seconds) => sum + seconds, 0);

const BATCH_SIZE = 10;
/** As in the stack. */
const START_TIMEOUT_MS = 30_000;
const KEPT_FOR_WORK_MS = 8_000;
const VISIBILITY_MS = 6 * START_TIMEOUT_MS;
const MAX_RECEIVES = 10;
/** Of start-execution, for each message of a batch: twice as fast as with the 256 MB of docs/costs.md's measurement. */
const START_MS = 30;
/** Lambda's pollers try again when the function itself is throttled. */
const POLLER_RETRY_MS = 1000;

interface Message {
  owner: "many" | "other";
  receives: number;
}

export async function simulate({ limit, uploads, concurrency }: Load, seed = 1): Promise<Drained> {
  const clock = new VirtualClock(seed);
  const lambda = new Slots(limit);
  const retriers = retriersOfSteps();
  const queue: Message[] = Array.from({ length: uploads }, () => ({ owner: "many", receives: 0 }));
  const pollers = pollersFor(concurrency);
  const most = mostUnderWay({ concurrency, account: limit });
  const idealSeconds = (uploads * WORK_SECONDS) / Math.min(limit, uploads);
  let underWay = 0;
  let done = 0;
  let failed = 0;
  let deadLetters = 0;
  let otherSeconds = Number.NaN;
  const otherAtMs = (idealSeconds * 1000) / 10;
  clock.at(otherAtMs, () => queue.push({ owner: "other", receives: 0 }));
  const all = uploads + 1;
  const isOver = () => done + failed + deadLetters >= all;

  async function execute({ owner }: Message): Promise<void> {
    for (const [state, seconds] of Object.entries(STEP_SECONDS)) {
      for (let attempt = 0; !lambda.take(); attempt++) {
        const retrier = retriers.get(state);
        if (!retrier || attempt >= retrier.MaxAttempts) {
          failed += 1;
          underWay -= 1;
          return;
        }
        const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = 60 } = retrier;
        const longest = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** attempt);
        await clock.sleep(clock.random() * longest * 1000);
      }
      await clock.sleep(seconds * 1000);
      lambda.giveBack();
    }
    underWay -= 1;
    done += 1;
    if (owner === "other") otherSeconds = (clock.now() - otherAtMs) / 1000;
  }

  async function startExecution(messages: Message[]): Promise<void> {
    const untilMs = clock.now() + START_TIMEOUT_MS - KEPT_FOR_WORK_MS;
    const room = new Room({
      most,
      askers: pollers,
      count: async () => underWay,
      untilMs,
      clock,
    });
    for (const message of messages) {
      try {
        await room.enter("upload");
        underWay += 1;
        await clock.sleep(START_MS);
        void execute(message);
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        comeAgain(message);
      }
    }
  }

  function comeAgain(message: Message): void {
    if (message.receives >= MAX_RECEIVES) deadLetters += 1;
    else clock.at(clock.now() + VISIBILITY_MS, () => queue.push(message));
  }

  async function poll(): Promise<void> {
    while (!isOver()) {
      const messages = queue.splice(0, BATCH_SIZE);
      if (messages.length === 0) {
        await clock.sleep(100);
        continue;
      }
      for (const message of messages) message.receives += 1;
      const receivedMs = clock.now();
      while (!lambda.take() && clock.now() < receivedMs + VISIBILITY_MS) await clock.sleep(POLLER_RETRY_MS);
      await startExecution(messages);
      lambda.giveBack();
    }
  }

  for (let poller = 0; poller < pollers; poller++) void poll();
  await clock.run(isOver);
  return { failed, deadLetters, seconds: clock.now() / 1000, idealSeconds, otherSeconds };
}

class Slots {
  #free: number;
  constructor(limit: number) {
    this.#free = limit;
  }

  take(): boolean {
    if (this.#free < 1) return false;
    this.#free -= 1;
    return true;
  }

  giveBack(): void {
    this.#free += 1;
  }
}

/** By state: the retrier that a throttled function meets. */
function retriersOfSteps(): Map<string, Retrier> {
  const arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
  const text = renderDefinition("STANDARD", {
    validateArn: arn,
    resizeArn: arn,
    watermarkArn: arn,
    recordMetadataArn: arn,
    outcomeTopicArn: "arn:aws:sns:us-east-1:000000000000:t",
  });
  const { States }: { States: Record<string, { Retry?: Retrier[] }> } = JSON.parse(text);
  return new Map(
    Object.entries(States).flatMap(([name, { Retry = [] }]) => {
      const retrier = Retry.find(({ ErrorEquals }) =>
        ErrorEquals.includes("Lambda.TooManyRequestsException"),
      );
      return retrier ? [[name, retrier] as const] : [];
    }),
  );
}
