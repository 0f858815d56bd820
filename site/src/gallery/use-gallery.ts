import { useInfiniteQuery } from "@tanstack/preact-query";
import { LINKS_KEPT_MS } from "../api/links.ts";
import { useServices } from "../app/context.ts";
import type { Filter } from "./filters.ts";
import { listKey } from "./image-store.ts";

export function useGallery(filter: Filter) {
  const { images } = useServices();
  return useInfiniteQuery({
    queryKey: listKey(filter),
    queryFn: ({ pageParam, signal }) => images.page(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // Changes come by themselves; links have to be renewed.
    staleTime: LINKS_KEPT_MS,
  });
}
