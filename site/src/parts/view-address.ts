/** What of the photographs is seen is in the address, so that it can be gone back to, and kept: `/?status=failed&tag=lake&sort=name`. */
import { EVERYTHING, FILTERS, SORTS, type View } from "../store/lists.ts";

/** The API takes no longer ones. */
export const MAX_SEARCH_LENGTH = 100;
const MAX_TAG_LENGTH = 50;

export function viewIn(query: Record<string, string>): View {
  return {
    filter: FILTERS.find((filter) => filter === query.status) ?? EVERYTHING.filter,
    sort: SORTS.find((sort) => sort === query.sort) ?? EVERYTHING.sort,
    search: (query.search ?? "").trim().slice(0, MAX_SEARCH_LENGTH),
    // As the API keeps tags.
    tag: (query.tag ?? "").normalize("NFC").toLowerCase().trim().slice(0, MAX_TAG_LENGTH),
  };
}

export function viewAddress({ filter, sort, search, tag }: View): string {
  const query = new URLSearchParams({
    ...(filter !== EVERYTHING.filter && { status: filter }),
    ...(tag !== "" && { tag }),
    ...(sort !== EVERYTHING.sort && { sort }),
    ...(search !== "" && { search }),
  }).toString();
  return query === "" ? "/" : `/?${query}`;
}
