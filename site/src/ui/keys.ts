/** Whether a key is written into a field, or chooses in one: then it is not for the page. */
export function isTyped({ target, key }: KeyboardEvent): boolean {
  if (target instanceof HTMLInputElement) {
    const isMoved = target.type === "range" || target.type === "radio";
    return isMoved ? MOVES.test(key) : target.type !== "checkbox";
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

const MOVES = /^(Arrow|Page|Home$|End$)/;
