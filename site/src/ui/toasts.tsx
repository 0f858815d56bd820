/** Short messages: seen for a while, and read out by screen readers. */
import { signal } from "@preact/signals";
import { X } from "lucide-preact";
import "./toasts.css";

export interface Toast {
  id: number;
  text: string;
  /** An announcement is only for those who do not see what has happened. */
  kind: "notice" | "problem" | "announcement";
}

const SHOWN_MS = 6000;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

export function say(text: string, kind: Toast["kind"] = "notice"): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value.slice(-2), { id, text, kind }];
  // Problems may need an answer: they stay until they are sent away.
  if (kind !== "problem") setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    // The region is always there: screen readers only tell of what changes in one that they know.
    <div class="toasts" role="status" aria-live="polite" aria-atomic="false" aria-relevant="additions">
      {toasts.value.map(({ id, text, kind }) => (
        <div key={id} class={kind === "announcement" ? "visually-hidden" : `toast ${kind}`}>
          <p>{text}</p>
          {kind !== "announcement" && (
            <button type="button" class="icon-button" onClick={() => dismiss(id)}>
              <X aria-hidden="true" size={18} />
              <span class="visually-hidden">Dismiss</span>
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
