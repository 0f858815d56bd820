/** Images by where they are: those that are at a state, and those that have failed there. */
import { relativeText } from "../ui/times.ts";
import type { PipelineEnded, PipelineImage, PipelineImages } from "./pipeline-api.ts";

/** Where an image is that has not begun its first step. */
export const NOT_BEGUN = "";
/** Where an image has failed, if that is not known (any more). */
export const NOT_KNOWN = "";

export function stateOf({ status, step, failed }: PipelineImage): string {
  return status === "FAILED" ? (failed?.name ?? NOT_KNOWN) : (step?.name ?? NOT_BEGUN);
}

export interface Group {
  /** Of the state. */
  name: string;
  images: PipelineImage[];
}

/** In the order of the states; those without one come first, and states that are not known last. */
export function groupsOf(images: PipelineImage[], states: string[]): Group[] {
  const order = ["", ...states];
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...Map.groupBy(images, stateOf)]
    .map(([name, all]) => ({ name, images: all }))
    .sort((a, b) => place(a.name) - place(b.name));
}

export interface Row {
  image: PipelineImage;
  /** It is not in the list any more, and still shown in its place. */
  isGone: boolean;
}

/**
 * Keeps rows where they are, so that nobody presses another one than they aimed at: new ones come last.
 * @param isHeld somebody points at the list, or has the focus in it: what goes stays until they have left.
 */
export function steadyRows(before: Row[], images: PipelineImage[], isHeld: boolean): Row[] {
  const now = new Map(images.map((image) => [image.imageId, image]));
  const kept = before.flatMap(({ image }): Row[] => {
    const current = now.get(image.imageId);
    if (current) return [{ image: current, isGone: false }];
    return isHeld ? [{ image, isGone: true }] : [];
  });
  const known = new Set(kept.map(({ image }) => image.imageId));
  const fresh = images.filter(({ imageId }) => !known.has(imageId));
  return [...kept, ...fresh.map((image) => ({ image, isGone: false }))];
}

/**
 * Where an image is that has left its place in a list.
 * @param ending how it has ended, as soon as that is told.
 */
export function goneText(
  { imageId }: PipelineImage,
  { underWay, failed }: Pick<PipelineImages, "underWay" | "failed">,
  ending: PipelineEnded | undefined,
  now: number,
): string {
  const listed = [...underWay, ...failed].find((one) => one.imageId === imageId);
  if (listed) {
    const at = stateOf(listed) && ` at ${stateOf(listed)}`;
    return listed.status === "FAILED" ? `failed${at}` : `now${at || " waiting to begin"}`;
  }
  return ending ? `${ending.status.toLowerCase()} ${relativeText(ending.at, now)}` : "not here any more";
}

/** "again within 12 s" */
export function waitText(untilMs: number, now: number): string {
  return `again ${shortWaitText(untilMs, now)}`;
}

/** "within 12 s": with jitter, it may be sooner. */
export function shortWaitText(untilMs: number, now: number): string {
  const seconds = Math.ceil((untilMs - now) / 1000);
  return seconds > 0 ? `within ${seconds}\u00a0s` : "any moment";
}

/** "3rd try": of one that was tried before. */
export function tryText(retries: number): string {
  return `${retries + 1}${SUFFIXES[ORDINAL.select(retries + 1)]} try`;
}

const ORDINAL = new Intl.PluralRules("en", { type: "ordinal" });
const SUFFIXES: Record<Intl.LDMLPluralRule, string> = {
  one: "st",
  two: "nd",
  few: "rd",
  other: "th",
  zero: "th",
  many: "th",
};
