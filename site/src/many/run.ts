/** Does the same with many photographs, a few at a time, and says what became of all of them. */
import { errorText, Problem, SessionEnded, Unreachable } from "../api/problem.ts";
import { countText } from "../ui/text.ts";

export interface Outcome<Item> {
  done: Item[];
  /** Those that are at fault themselves. */
  failed: { item: Item; error: unknown }[];
  /** Those that nothing was tried with any more. */
  left: Item[];
  /** Why. Undefined where it was stopped by the person. */
  endedBy?: unknown;
}

/** The API is asked for one photograph at a time: more at once would only wait for each other. */
const AT_ONCE = 4;

export async function runAll<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
  signal: AbortSignal,
  onDone: (count: number) => void,
): Promise<Outcome<Item>> {
  const left = [...items];
  const outcome: Outcome<Item> = { done: [], failed: [], left };

  async function work(): Promise<void> {
    while (outcome.endedBy === undefined && !signal.aborted) {
      const item = left.shift();
      if (item === undefined) return;
      try {
        await act(item);
        outcome.done.push(item);
        onDone(outcome.done.length);
      } catch (error) {
        if (isOfAll(error)) {
          outcome.endedBy ??= error;
          left.unshift(item);
        } else outcome.failed.push({ item, error });
      }
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}

/** Whether the next ones would be refused as well: what one may do is used up, or nobody answers. */
export function isOfAll(error: unknown): boolean {
  if (error instanceof Problem) return error.status === 429 || error.status === 403;
  return error instanceof SessionEnded || error instanceof Unreachable;
}

export interface Words {
  /** "Deleting" */
  doing: string;
  /** "are deleted" */
  are: string;
  /** "is deleted" */
  is: string;
  /** "could not be deleted" */
  failed: string;
  /** What those are that nothing was done with: "as before" */
  left?: string;
}

/** More sentences than these are not read. */
const MOST_REASONS = 2;

/** @returns a sentence for each thing that became of some. */
export function outcomeText<Item>({ done, failed, left, endedBy }: Outcome<Item>, words: Words): string {
  const some = (count: number, is: string, are: string) =>
    `${countText(count, "photograph")} ${count === 1 ? is : are}`;
  const reasons = [...new Set(failed.map(({ error }) => errorText(error)))].slice(0, MOST_REASONS);
  const why = endedBy === undefined ? ", since you stopped it." : `: ${errorText(endedBy)}`;
  const { left: before = "as before" } = words;
  return [
    done.length > 0 && `${some(done.length, words.is, words.are)}.`,
    failed.length > 0 && `${some(failed.length, words.failed, words.failed)}: ${reasons.join(" ")}`,
    left.length > 0 && `${some(left.length, `is ${before}`, `are ${before}`)}${why}`,
  ]
    .filter(Boolean)
    .join(" ");
}
