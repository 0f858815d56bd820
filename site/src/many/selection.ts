/** Which photographs of the gallery are selected, to do something with all of them at once. What is done is loaded by whoever selects. */
import { signal } from "@preact/signals";

/** In this state a click on a picture selects it. */
export const isSelecting = signal(false);
export const selected = signal<ReadonlySet<string>>(new Set());

/** Something that is being done with many. */
export interface Job {
  /** "Deleting" */
  doing: string;
  done: number;
  /** Undefined until it is known. */
  total?: number;
  stop(): void;
}
export const job = signal<Job | undefined>(undefined);

/** In the order of the gallery. */
let shown: readonly string[] = [];
let last: string | undefined;

/** At which one the keyboard is, while one selects: a press of Tab leads from there to what can be done. */
export const focusedId = signal<string | undefined>(undefined);

/** The gallery shows others than before: what is not seen is not selected any more. */
export function see(imageIds: readonly string[]): void {
  shown = imageIds;
  const seen = new Set(imageIds);
  if ([...selected.value].some((imageId) => !seen.has(imageId)))
    selected.value = new Set([...selected.value].filter((imageId) => seen.has(imageId)));
}

/** @param isRange with all between it and the one that was selected before. */
export function select(imageId: string, isSelected: boolean, isRange: boolean): void {
  isSelecting.value = true;
  const next = new Set(selected.value);
  for (const one of isRange && last !== undefined ? between(last, imageId) : [imageId])
    if (isSelected) next.add(one);
    else next.delete(one);
  selected.value = next;
  last = imageId;
}

/** With both of them, of those that the gallery shows. */
export function between(one: string, other: string): string[] {
  const [from = -1, to = -1] = [shown.indexOf(one), shown.indexOf(other)].sort((a, b) => a - b);
  return from < 0 ? [other] : shown.slice(from, to + 1);
}

export function selectOnly(imageIds: Iterable<string>): void {
  selected.value = new Set(imageIds);
}

export function selectAllShown(): void {
  selectOnly(shown);
}

export function endSelecting(): void {
  isSelecting.value = false;
  last = undefined;
  selectOnly([]);
}
