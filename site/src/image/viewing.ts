/** What is looked at closely. The viewer itself is loaded by whoever does. */
import { signal } from "@preact/signals";

export interface Viewed {
  imageId: string;
  /** `large.webp`; the best one if nothing is said. */
  file?: string;
  isCompared: boolean;
}

export const viewed = signal<Viewed | undefined>(undefined);
