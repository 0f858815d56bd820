/** Images that have to be looked at again, for one request to ask for many of them. */

export interface Wanted {
  add(imageId: string): void;
  /** The next ones; they are wanted no more. */
  take(): string[];
  readonly isEmpty: boolean;
}

/** What the API gives in one answer. */
export const MOST_AT_A_TIME = 50;
/** Whoever sends faster than this can be looked at sees the rest in the list. */
const MOST_WANTED = 200;

/** @param onTooMany some are not looked at. */
export function createWanted(onTooMany: () => void): Wanted {
  const wanted = new Set<string>();
  return {
    add(imageId) {
      wanted.add(imageId);
      if (wanted.size <= MOST_WANTED) return;
      const [oldest = ""] = wanted;
      wanted.delete(oldest);
      onTooMany();
    },
    take() {
      const taken = [...wanted].slice(0, MOST_AT_A_TIME);
      for (const imageId of taken) wanted.delete(imageId);
      return taken;
    },
    get isEmpty() {
      return wanted.size === 0;
    },
  };
}
