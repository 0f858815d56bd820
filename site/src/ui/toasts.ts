/** Short messages: seen for a while, and read out by screen readers. */
import { createStore } from "./store.ts";

export interface Toast {
  id: number;
  text: string;
  /** An announcement is only for those who do not see what has happened. */
  kind: "notice" | "problem" | "announcement";
}

const SHOWN_MS = 6000;

export const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

export function say(text: string, kind: Toast["kind"] = "notice"): void {
  lastId += 1;
  const id = lastId;
  toasts.set((shown) => [...shown.slice(-2), { id, text, kind }]);
  // Problems may need an answer: they stay until they are sent away.
  if (kind !== "problem") setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  toasts.set((shown) => shown.filter((toast) => toast.id !== id));
}
