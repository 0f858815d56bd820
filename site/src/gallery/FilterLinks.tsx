/** The gallery's filters, each with an address of its own: it can be gone back to, and kept. */
import { type InfiniteData, useQueryClient } from "@tanstack/preact-query";
import type { Listing } from "../api/api.ts";
import { listKey } from "../store/image-store.ts";
import { FILTERS, type Filter, isIn } from "../store/lists.ts";

export function FilterLinks({ current }: { current: Filter }) {
  const all = useQueryClient().getQueryData<InfiniteData<Listing>>(listKey("all"));
  return (
    <nav class="filters" aria-label="Filter by status">
      <ul>
        {FILTERS.map((filter) => (
          <li key={filter}>
            <a href={filterAddress(filter)} aria-current={filter === current ? "true" : undefined}>
              {LABELS[filter]}
              <Count of={countIn(filter, all?.pages)} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const LABELS: Record<Filter, string> = {
  all: "All",
  processed: "Processed",
  "in-progress": "In progress",
  rejected: "Rejected",
  failed: "Failed",
};

function Count({ of: count }: { of: number | undefined }) {
  return count === undefined ? null : <span class="count">{count}</span>;
}

/** The API does not count: what is known is known once all has been listed. */
function countIn(filter: Filter, pages: Listing[] | undefined): number | undefined {
  if (!pages || pages.at(-1)?.nextCursor !== undefined) return undefined;
  return pages.flatMap(({ images }) => images).filter(({ status }) => isIn(filter, status)).length;
}

/** What is in the address: `?status=rejected`. */
export function filterIn(query: Record<string, string>): Filter {
  return FILTERS.find((filter) => filter === query.status) ?? "all";
}

export function filterAddress(filter: Filter): string {
  return filter === "all" ? "/" : `/?status=${filter}`;
}
