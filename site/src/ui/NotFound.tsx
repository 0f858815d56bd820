import { SearchX } from "lucide-preact";
import { usePage } from "./page.ts";

export function NotFound() {
  const heading = usePage("Not found");
  return (
    <div class="empty">
      <SearchX class="empty-icon" aria-hidden="true" size={48} strokeWidth={1.25} />
      <h1 ref={heading} tabIndex={-1} class="empty-title">
        There is no such page
      </h1>
      <p class="quiet">The address may be mistyped, or what it led to is deleted.</p>
      <a class="button" href="/">
        Your photographs
      </a>
    </div>
  );
}
