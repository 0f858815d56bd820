/** What is shown in the place of what is not there. */
import { CloudAlert, SearchX } from "lucide-preact";
import { errorText } from "../api/problem.ts";
import { usePage } from "./page.ts";

/** Something could not be loaded: why, and another try. */
export function ErrorNotice({ title, error, retry }: { title: string; error: unknown; retry: () => void }) {
  return (
    <div class="empty" role="alert">
      <CloudAlert class="empty-icon" aria-hidden="true" size={40} strokeWidth={1.5} />
      <p class="empty-title">{title}</p>
      <p class="quiet">{errorText(error)}</p>
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

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
