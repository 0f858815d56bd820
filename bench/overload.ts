/**
 * What becomes of more uploads than the account has functions for: simulated, with the brake of start-execution and the
 * retriers of the state machine as they are, and with AWS's queue, its pollers and Lambda's limit as they are documented.
 */
import {
  LastLook,
  MAX_DELIVERIES,
  mostUnderWay,
  NoRoom,
  Patience,
  pollersFor,
  Room,
} from "../functions/start-execution/room.ts";
import { type Retrier, renderDefinition } from "../statemachine/render.ts";
import { FairQueue } from "./fair-queue.ts";
import { STEP_SECONDS, WORK_SECONDS } from "./step-seconds.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface Load {
  /** Functions that the account runs at a time. */
  limit: number;
  /** Of those, what others in the account have running all the time. Nobody tells start-execution of them. */
  others?: number;
  /** Uploads of one person, at once. */
  uploads: number;
  /** The setting. */
  concurrency: number;
}

export interface Drained {
  failed: number;
  seconds: number;
  /** What it would take if every function that others leave were busy all the time. */
  idealSeconds: number;
  /** What it would take with as many images under way all the time as may be: in rounds, where there are few. */
  roundsSeconds: number;
  /** Of all tries to run a step. */
  refusedShare: number;
  /** From the upload of somebody else, a tenth of the way, to its end. */
  otherSeconds: number;
}

const BATCH_SIZE = 10;
/** As in the stack. */
const START_TIMEOUT_MS = 30_000;
const KEPT_FOR_WORK_MS = 8_000;
const VISIBILITY_MS = 6 * START_TIMEOUT_MS;
/** Of start-execution: to see how many are under way; to mark a record; to start an execution, or put a message back. */
const LOOK_MS = 10;
const MARK_MS = 10;
const START_MS = 20;
/** Lambda's pollers try again when the function itself is throttled. */
const POLLER_RETRY_MS = 1000;

interface Message {
  owner: "many" | "other";
  /** The owner, once it was put back. */
  group?: string;
  deliveries: number;
}

export async function simulate(
  { limit, others = 0, uploads, concurrency }: Load,
  seed = 1,
): Promise<Drained> {
  const clock = new VirtualClock(seed);
  const lambda = new Slots(limit - others);
  const retriers = retriersOfSteps();
  const queue = new FairQueue<Message>();
  for (let upload = 0; upload < uploads; upload++) queue.push({ owner: "many", deliveries: 0 });
  const pollers = pollersFor(concurrency);
  const most = mostUnderWay({ concurrency, account: limit });
  const idealSeconds = (uploads * WORK_SECONDS) / Math.min(limit - others, uploads);
  const roundsSeconds = Math.ceil(uploads / Math.min(most, limit - others)) * WORK_SECONDS;
  let tries = 0;
  let refusals = 0;
  let underWay = 0;
  let done = 0;
  let failed = 0;
  let otherSeconds = Number.NaN;
  const otherAtMs = (idealSeconds * 1000) / 10;
  clock.at(otherAtMs, () => queue.push({ owner: "other", deliveries: 0 }));
  const all = uploads + 1;
  const isOver = () => done + failed >= all;

  async function execute({ owner }: Message): Promise<void> {
    for (const [state, seconds] of Object.entries(STEP_SECONDS)) {
      for (let attempt = 0; ++tries && !lambda.take(); attempt++) {
        refusals += 1;
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

  async function startExecution(messages: Message[], patience: Patience, lastLook: LastLook): Promise<void> {
    const nowMs = clock.now();
    const patientUntilMs = nowMs + patience.of(START_TIMEOUT_MS - KEPT_FOR_WORK_MS);
    const count = () => clock.sleep(LOOK_MS).then(() => underWay);
    const room = new Room({ most, askers: pollers, count, lastLook, clock });
    const handle = async (message: Message) => {
      const enter = (untilMs: number) =>
        room.enter({ kind: "upload", untilMs }, () => clock.sleep(MARK_MS).then(() => ++underWay));
      try {
        await (message.group === undefined ? enter(nowMs) : patience.learnFrom(enter(patientUntilMs)));
        await clock.sleep(START_MS);
        void execute(message);
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        await clock.sleep(START_MS);
        comeAgain(message);
      }
      queue.took(message, clock.now() - nowMs);
    };
    const isNew = ({ group }: Message) => group === undefined;
    const inOrder = [...messages.filter(isNew), ...messages.filter((message) => !isNew(message))];
    await Promise.all(inOrder.map(handle));
  }

  function comeAgain(message: Message): void {
    if (message.group === undefined || message.deliveries >= MAX_DELIVERIES)
      queue.push({ ...message, group: message.owner, deliveries: 0 });
    else clock.at(clock.now() + VISIBILITY_MS, () => queue.push(message));
  }

  async function poll(): Promise<void> {
    const patience = new Patience();
    const lastLook = new LastLook();
    while (!isOver()) {
      const messages = queue.receive(BATCH_SIZE);
      if (messages.length === 0) {
        await clock.sleep(100);
        continue;
      }
      for (const message of messages) message.deliveries += 1;
      const receivedMs = clock.now();
      while (!lambda.take() && clock.now() < receivedMs + VISIBILITY_MS) await clock.sleep(POLLER_RETRY_MS);
      await startExecution(messages, patience, lastLook);
      lambda.giveBack();
    }
  }

  for (let poller = 0; poller < pollers; poller++) void poll();
  await clock.run(isOver);
  const refusedShare = refusals / tries;
  return { failed, seconds: clock.now() / 1000, idealSeconds, roundsSeconds, otherSeconds, refusedShare };
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
