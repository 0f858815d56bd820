/** What is only known from what was seen before: since when an image waits, and which ones have left. */
import {
  MOST_AT_ONCE,
  type PipelineDefinition,
  type PipelineEnded,
  type PipelineExecution,
  type PipelineImage,
  type PipelineImages,
} from "./pipeline-api.ts";
import { longestWaitMs } from "./retry.ts";

export interface Seen {
  underWay: ReadonlyMap<string, PipelineImage>;
  /** Of those that wait to be tried again: until when at most. */
  waitsUntilMs: ReadonlyMap<string, Wait>;
  /** Those that have just left the pipeline, or failed in it. */
  left: PipelineImage[];
  /** How many have left since the page was opened, without failing. */
  ended: number;
  /** All that are under way or have failed. */
  listed: ReadonlySet<string>;
  /** Those that are in no list any more, and were not asked for yet. */
  gone: string[];
  /** How those have ended that were asked for. */
  endings: ReadonlyMap<string, PipelineEnded>;
}

interface Wait {
  /** The try that has failed. */
  of: string;
  untilMs: number;
}

export const NOTHING_SEEN: Seen = {
  underWay: new Map(),
  waitsUntilMs: new Map(),
  left: [],
  ended: 0,
  listed: new Set(),
  gone: [],
  endings: new Map(),
};

/** No list on a page has more rows that are gone. */
const MOST_ENDINGS = 200;

/** The ids that the next request asks for: each is in one. */
export const toAsk = ({ gone }: Seen): string[] => gone.slice(0, MOST_AT_ONCE);

type Told = Pick<PipelineImages, "underWay" | "failed"> & Partial<Pick<PipelineImages, "ended">>;

/** @param now in milliseconds, when it was answered: what `toAsk` had given before, it has been asked. */
export function takeIn(
  before: Seen,
  { underWay: images, failed, ended = [] }: Told,
  states: PipelineDefinition["states"],
  now: number,
): Seen {
  const underWay = new Map(images.map((image) => [image.imageId, image]));
  const failedIds = new Set(failed.map(({ imageId }) => imageId));
  const listed = new Set([...underWay.keys(), ...failedIds]);
  const gone = [...before.listed].filter((imageId) => !listed.has(imageId));
  const endings = [...before.endings, ...ended.map((one): [string, PipelineEnded] => [one.imageId, one])];
  const left = [...before.underWay.values()].filter(({ imageId }) => !underWay.has(imageId));
  const waits = images.flatMap((image): [string, Wait][] => {
    const { step, imageId } = image;
    if (step?.error === undefined) return [];
    const of = `${step.name} ${step.startedAt} ${step.retries}`;
    const known = before.waitsUntilMs.get(imageId);
    if (known?.of === of) return [[imageId, known]];
    // Which errors the tries before it had is not told.
    const errors = Array.from({ length: step.retries + 1 }, () => step.error ?? "");
    const waitMs = longestWaitMs(states[step.name]?.retry ?? [], errors);
    // It is known a moment after it began, so it ends no later than that.
    return waitMs === undefined ? [] : [[imageId, { of, untilMs: now + waitMs }]];
  });
  return {
    underWay,
    waitsUntilMs: new Map(waits),
    left,
    ended: before.ended + left.filter(({ imageId }) => !failedIds.has(imageId)).length,
    listed,
    gone: [...before.gone.slice(MOST_AT_ONCE), ...gone].slice(-MOST_ENDINGS),
    endings: new Map(endings.slice(-MOST_ENDINGS)),
  };
}

/** What the execution of one image tells more exactly: a function that was throttled has told nobody that it is to begin. */
export function withExecution<Told extends PipelineImages & { seen: Seen }>(
  told: Told,
  imageId: string,
  { status, states: visits }: Pick<PipelineExecution, "status" | "states">,
  untilMs: number | undefined,
): Told {
  const visit = visits.at(-1);
  const image = told.underWay.find((one) => one.imageId === imageId);
  if (status !== "RUNNING" || visit === undefined || image === undefined) return told;
  if (image.step && image.step.startedAt > visit.enteredAt) return told;
  const error = visit.attempts.at(-1)?.error;
  const step = {
    name: visit.name,
    startedAt: visit.enteredAt,
    retries: Math.max(0, visit.attempts.length - 1),
    ...(error !== undefined && { error }),
  };
  const waitsUntilMs = new Map(told.seen.waitsUntilMs);
  if (untilMs !== undefined) waitsUntilMs.set(imageId, { of: "execution", untilMs });
  return {
    ...told,
    underWay: told.underWay.map((one) => (one === image ? { ...image, step } : one)),
    seen: { ...told.seen, waitsUntilMs },
  };
}
