import type { ImageView } from "../api/api.ts";
import { say, type Toast } from "../ui/toasts.ts";
import { outcomeSentences } from "./outcome-text.ts";

/** Many images end together: one message for all of them is enough. */
const TOGETHER_MS = 1000;

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
