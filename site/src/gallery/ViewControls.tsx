/** What of the photographs is seen, and in which order. */
import { type InfiniteData, useQueryClient } from "@tanstack/preact-query";
import { ArrowDownUp, Search, X } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { Listing, Sort } from "../api/api.ts";
import { MAX_SEARCH_LENGTH, viewAddress } from "../parts/view-address.ts";
import { listKey } from "../store/image-store.ts";
import { EVERYTHING, FILTERS, type Filter, isIn, SORTS, type View } from "../store/lists.ts";

export function FilterLinks({ view }: { view: View }) {
  const all = useQueryClient().getQueryData<InfiniteData<Listing>>(listKey(EVERYTHING));
  return (
    <nav class="filters" aria-label="Filter by status">
      <ul>
        {FILTERS.map((filter) => (
          <li key={filter}>
            <a
              href={viewAddress({ ...view, filter })}
              aria-current={filter === view.filter ? "true" : undefined}
            >
              {LABELS[filter]}
              {view.search === "" && view.tag === "" && <Count of={countIn(filter, all?.pages)} />}
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

/** The tag that all have which are shown; pressed, all others are shown again. */
export function TagChip({ view }: { view: View }) {
  return (
    <a class="tag" href={viewAddress({ ...view, tag: "" })}>
      <span class="visually-hidden">With the tag </span>
      <bdi>{view.tag}</bdi>
      <X aria-hidden="true" size={14} />
      <span class="visually-hidden">: show all again</span>
    </a>
  );
}

/** While somebody types, nothing is asked for that is out of date a moment later. */
const TYPING_MS = 300;

export function SearchField({ view }: { view: View }) {
  const { route } = useLocation();
  const [text, setText] = useState(view.search);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  // Whoever types may choose a filter before that is looked for.
  const latest = useRef(view);
  latest.current = view;
  // Gone back, or cleared elsewhere.
  useEffect(() => setText(view.search), [view.search]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function show(search: string): void {
    clearTimeout(timer.current);
    const { current } = latest;
    if (search.trim() !== current.search)
      route(viewAddress({ ...current, search: search.trim() }), current.search !== "");
  }

  return (
    <search class="search">
      <Search aria-hidden="true" size={18} />
      <input
        type="search"
        class="text-field"
        aria-label="Search by name or caption"
        placeholder="Name or caption"
        dir="auto"
        maxLength={MAX_SEARCH_LENGTH}
        value={text}
        onInput={({ currentTarget: { value } }) => {
          setText(value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => show(value), TYPING_MS);
        }}
        onKeyDown={(event) => event.key === "Enter" && show(text)}
      />
    </search>
  );
}

const SORT_LABELS: Record<Sort, string> = { newest: "Newest first", oldest: "Oldest first", name: "By name" };

export function SortChoice({ view }: { view: View }) {
  const { route } = useLocation();
  return (
    <label class="sort">
      <ArrowDownUp aria-hidden="true" size={18} />
      <span class="visually-hidden">Order</span>
      <select
        class="text-field"
        value={view.search === "" ? view.sort : "name"}
        disabled={view.search !== ""}
        onChange={({ currentTarget: { value } }) => {
          const sort = SORTS.find((one) => one === value) ?? EVERYTHING.sort;
          route(viewAddress({ ...view, sort }));
        }}
      >
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {SORT_LABELS[sort]}
          </option>
        ))}
      </select>
    </label>
  );
}
