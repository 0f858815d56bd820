/** A run: the engine, a planned sequence of operations on it while calls fail, what an operator does afterwards, and what is then. */
import { setTimeout as sleep } from "node:timers/promises";
import { startEngine } from "stack-engine";
import * as z from "zod";
import { seeded } from "../random.ts";
import { injectFaults } from "./faults.ts";
import { History, perform } from "./perform.ts";
import { makePictures } from "./pictures.ts";
import { type Operation, plan } from "./plan.ts";
import { type Running, type Seen, watchEngine } from "./running.ts";
import { type Settled, settle } from "./settle.ts";
import { type Verified, verify } from "./verify.ts";

export interface ChaosOptions {
  stackFile: string;
  seed: number;
  operations: number;
  images: number;
  /** 0 up to 1, of all invocations and calls. */
  faults: number;
  onProgress?(progress: Progress): void;
}

export interface Progress {
  done: number;
  what: "operations" | "settling" | "verifying";
}

export interface ChaosReport extends Settled, Omit<Verified, "problems"> {
  operations: Map<Operation["kind"], number>;
  seen: Seen;
  /** What is not as it has to be, with all that was done to the image. */
  broken: { key: string | undefined; what: string; history: string[] }[];
}

/** Operations at a time: several are on the same image at once. */
const AT_ONCE = 8;
/** More work than this is not piled up, or nearly every upload would be overwritten before it is looked at. */
const MOST_UNDER_WAY = 16;
const LOOK_EVERY_MS = 20;

export async function runChaos({
  seed,
  onProgress = () => undefined,
  ...options
}: ChaosOptions): Promise<ChaosReport> {
  const { stackFile, operations, images, faults } = options;
  const drawn = seeded(seed ^ 0xfa17);
  const engine = await startEngine({ stackFile, port: 0, retryScale: 0, random: drawn.next });
  const running = await watchEngine(engine);
  try {
    const { accessToken } = await engine.testUser();
    const api = { url: engine.apiUrl.replace(/\/$/, ""), accessToken };
    const pictures = await makePictures();
    const planned = plan({
      random: seeded(seed),
      operations,
      images,
      owner: subjectOf(accessToken),
      pictures,
    });
    const history = new History();

    injectFaults(engine.faults, faults);
    let next = 0;
    const work = async () => {
      for (let operation = planned[next++]; operation; operation = planned[next++]) {
        await untilThereIsRoom(running);
        await perform(operation, running, api, history);
        onProgress({ what: "operations", done: next });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));

    onProgress({ what: "settling", done: operations });
    engine.faults.clear();
    const settled = await settle(running, history);
    onProgress({ what: "verifying", done: operations });
    const keys = [...new Set(planned.flatMap((operation) => keysOf(operation)))];
    const all = [...pictures.good, ...pictures.damaged];
    const { problems, ...verified } = await verify(running, history, keys, all);
    const broken = problems.map(({ key, what }) => ({ key, what, history: history.of(key ?? "") }));
    return { ...settled, ...verified, operations: countOf(planned), seen: running.seen, broken };
  } finally {
    await running.stop();
  }
}

async function untilThereIsRoom(running: Running): Promise<void> {
  const { queue_url: queue } = running.engine.outputs;
  while (running.underWay + (await running.waitingIn(queue)) >= MOST_UNDER_WAY) await sleep(LOOK_EVERY_MS);
}

function keysOf(operation: Operation): string[] {
  return operation.kind === "move" ? [operation.key, operation.to] : [operation.key];
}

function countOf(planned: Operation[]): Map<Operation["kind"], number> {
  const counts = new Map<Operation["kind"], number>();
  for (const { kind } of planned) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

const claimsSchema = z.object({ sub: z.string() });

/** Whose token it is. */
function subjectOf(token: string): string {
  const [, claims = ""] = token.split(".");
  return claimsSchema.parse(JSON.parse(Buffer.from(claims, "base64url").toString())).sub;
}
