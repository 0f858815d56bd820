import { type InfiniteData, useQueryClient } from "@tanstack/preact-query";
import type { Listing } from "../api/api.ts";
import { addressOf, FILTERS, type Filter, filterNames, isIn } from "./filters.ts";
import { listKey } from "./image-store.ts";

/** Each filter has an address of its own: it can be gone back to, and kept. */
export function FilterLinks({ current }: { current: Filter }) {
  const all = useQueryClient().getQueryData<InfiniteData<Listing>>(listKey("all"));
  return (
    <nav class="filters" aria-label="Filter by status">
      <ul>
        {filterNames.map((name) => (
          <li key={name}>
            <a href={addressOf(name)} aria-current={name === current ? "true" : undefined}>
              {FILTERS[name].label}
              <Count of={countIn(name, all?.pages)} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Count({ of: count }: { of: number | undefined }) {
  return count === undefined ? null : <span class="count">{count}</span>;
}

/** The API does not count: what is known is known once all has been listed. */
function countIn(filter: Filter, pages: Listing[] | undefined): number | undefined {
  if (!pages || pages.at(-1)?.nextCursor !== undefined) return undefined;
  return pages.flatMap(({ images }) => images).filter(({ status }) => isIn(filter, status)).length;
}
