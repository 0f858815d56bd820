/** Short messages: seen for a while, and read out by screen readers. */
import { signal } from "@preact/signals";
import { X } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { focusOn } from "./focus.ts";
import { isTyped } from "./keys.ts";
import "./toasts.css";

export interface Toast {
  id: number;
  text: string;
  /** An announcement is only for those who do not see what has happened. */
  kind: "notice" | "problem" | "announcement";
  undo?: (() => unknown) | undefined;
}

/** Problems may need an answer, and more time to be read; so does what can be undone. */
const SHOWN_MS = { notice: 6000, announcement: 6000, problem: 20_000 };
const UNDO_SHOWN_MS = 20_000;

const toasts = signal<readonly Toast[]>([]);
const timers = new Map<number, ReturnType<typeof setTimeout>>();
let lastId = 0;

export function say(text: string, kind: Toast["kind"] = "notice", undo?: Toast["undo"]): void {
  lastId += 1;
  const id = lastId;
  const toast = { id, text, kind, undo };
  toasts.value = [...toasts.value.slice(-2), toast];
  letGo(toast);
}

function letGo({ id, kind, undo }: Toast): void {
  timers.set(
    id,
    setTimeout(() => dismiss(id), undo ? UNDO_SHOWN_MS : SHOWN_MS[kind]),
  );
}

/** Whoever reads it, or is about to press something in it, keeps it. */
function keep({ id }: Toast): void {
  clearTimeout(timers.get(id));
}

function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** What had the focus before it came to a message. */
let before: EventTarget | null = null;

/** Whoever presses a message away is back where they were. */
function pressAway(id: number): void {
  if (before instanceof HTMLElement && document.activeElement?.closest(".toast")) focusOn(before);
  dismiss(id);
}

function undoIt({ id, undo }: Toast): void {
  pressAway(id);
  undo?.();
}

/** Ctrl+Z undoes what was done last, as long as that is said: not while something is written. */
function onKey(event: KeyboardEvent): void {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || isTyped(event)) return;
  const last = toasts.value.findLast(({ undo }) => undo);
  if (!last) return;
  event.preventDefault();
  undoIt(last);
}

export function Toasts() {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    // The region is always there: screen readers only tell of what changes in one that they know.
    <div
      class="toasts"
      role="status"
      aria-live="polite"
      aria-atomic="false"
      aria-relevant="additions"
      onFocusIn={({ currentTarget, relatedTarget }) => {
        if (!(relatedTarget instanceof Element && currentTarget.contains(relatedTarget)))
          before = relatedTarget;
      }}
    >
      {toasts.value.map((toast) => (
        <ToastText key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastText({ toast }: { toast: Toast }) {
  const { id, text, kind } = toast;
  if (kind === "announcement")
    return (
      <div class="visually-hidden">
        <p>{text}</p>
      </div>
    );
  return (
    <div
      class={`toast ${kind}`}
      onPointerEnter={() => keep(toast)}
      onPointerLeave={() => letGo(toast)}
      onFocusCapture={() => keep(toast)}
      onBlurCapture={() => letGo(toast)}
    >
      <p>{text}</p>
      {toast.undo && (
        <button type="button" class="button small" title="Ctrl+Z" onClick={() => undoIt(toast)}>
          Undo
        </button>
      )}
      <button type="button" class="icon-button" onClick={() => pressAway(id)}>
        <X aria-hidden="true" size={18} />
        <span class="visually-hidden">Dismiss</span>
      </button>
    </div>
  );
}
