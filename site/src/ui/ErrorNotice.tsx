import { CloudAlert } from "lucide-preact";
import { errorText } from "../api/problem.ts";

/** In the place of what could not be loaded: why, and another try. */
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
