/** How images ended, told once for all that end together. */
import type { ImageView } from "../api/api.ts";
import { isolated, shownName } from "../ui/text.ts";
import { say, type Toast } from "../ui/toasts.tsx";

/** Many images end together: one message for all of them is enough. */
const TOGETHER_MS = 1000;
/** More names than this are a number. */
const MAX_NAMES = 2;

let ended: ImageView[] = [];

/** Seen, and read out: one does not have to look for it. */
export function sayHowItEnded(image: ImageView): void {
  if (ended.length === 0)
    setTimeout(() => {
      for (const sentence of outcomeSentences(ended)) say(sentence, kindHere());
      ended = [];
    }, TOGETHER_MS);
  ended.push(image);
}

/** Where the steps are shown, it is seen without a message. */
function kindHere(): Toast["kind"] {
  return location.pathname === "/" ? "announcement" : "notice";
}

export function outcomeSentences(images: Pick<ImageView, "name" | "status">[]): string[] {
  const sentences = (status: ImageView["status"], one: string, many = one) => {
    const names = images
      .filter((image) => image.status === status)
      .map((image) => `“${isolated(shownName(image))}”`);
    return names.length === 0 ? [] : [`${listed(names)} ${names.length === 1 ? one : many}.`];
  };
  return [
    ...sentences("PROCESSED", "is ready", "are ready"),
    ...sentences("REJECTED", "was rejected", "were rejected"),
    ...sentences("FAILED", "could not be processed"),
  ];
}

const list = new Intl.ListFormat("en");

function listed(names: string[]): string {
  if (names.length <= MAX_NAMES + 1) return list.format(names);
  return list.format([...names.slice(0, MAX_NAMES), `${names.length - MAX_NAMES} more`]);
}
