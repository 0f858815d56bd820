import { Trash2 } from "lucide-preact";
import { usePage } from "../ui/page.ts";

/** It was seen here a moment ago. */
export function Deleted() {
  const heading = usePage("Deleted");
  return (
    <div class="empty">
      <Trash2 class="empty-icon" aria-hidden="true" size={48} strokeWidth={1.25} />
      <h1 ref={heading} tabIndex={-1} class="empty-title">
        This photograph is deleted
      </h1>
      <p class="quiet">That was done in another tab, or on another machine.</p>
      <a class="button" href="/">
        Your photographs
      </a>
    </div>
  );
}
