/** Whether a key is written into a field, or chooses in one: then it is not for the page. */
export function isTyped({ target }: KeyboardEvent): boolean {
  return (
    (target instanceof HTMLInputElement && target.type !== "checkbox") ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
