import { X } from "lucide-preact";
import { dismiss, toasts } from "./toasts.ts";
import { useStore } from "./use-store.ts";
import "./toasts.css";

export function Toasts() {
  const shown = useStore(toasts);
  return (
    // The region is always there: screen readers only tell of what changes in one that they know.
    <div class="toasts" role="status" aria-live="polite" aria-atomic="false" aria-relevant="additions">
      {shown.map(({ id, text, kind }) => (
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
