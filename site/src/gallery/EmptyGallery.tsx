import { Images, SearchX } from "lucide-preact";
import type { Filter } from "./filters.ts";

export function EmptyGallery({ filter }: { filter: Filter }) {
  if (filter === "all")
    return (
      <div class="empty">
        <Images class="empty-icon" aria-hidden="true" size={44} strokeWidth={1.25} />
        <p class="empty-title">No photographs yet</p>
        <p class="quiet">Drop some onto this page. They appear here as soon as they are processed.</p>
      </div>
    );
  return (
    <div class="empty">
      <SearchX class="empty-icon" aria-hidden="true" size={44} strokeWidth={1.25} />
      <p class="empty-title">{NOTHING[filter]}</p>
      <a class="button" href="/">
        Show all
      </a>
    </div>
  );
}

const NOTHING: Record<Exclude<Filter, "all">, string> = {
  processed: "Nothing has been processed yet",
  "in-progress": "Nothing is in progress",
  rejected: "No file was rejected",
  failed: "Nothing has failed",
};
