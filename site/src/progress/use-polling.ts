/** Keeps the page true while something happens, and lets the API rest when nothing does. */
import { focusManager, useQuery, useQueryClient } from "@tanstack/preact-query";
import { useEffect } from "preact/hooks";
import { useServices } from "../app/context.ts";
import { useStore } from "../ui/use-store.ts";
import { pollDelayMs } from "./poll-delay.ts";
import { isLive } from "./watch.ts";

export function usePolling(): void {
  const { images } = useServices();
  const client = useQueryClient();
  const watched = useStore(images.watched);
  const isAnyLive = [...watched.values()].some((image) => isLive(image, Date.now()));

  useQuery({
    queryKey: QUERY_KEY,
    queryFn: ({ signal }) => images.poll(signal),
    enabled: isAnyLive,
    staleTime: 0,
    // Only while the tab is seen: this is TanStack Query's default, and so is pausing while offline.
    refetchIntervalInBackground: false,
    refetchInterval: () => pollDelayMs(Date.now() - images.changedAtMs()),
  });

  useEffect(
    () =>
      focusManager.subscribe((isFocused) => {
        if (isFocused)
          client
            .fetchQuery({ queryKey: QUERY_KEY, queryFn: ({ signal }) => images.poll(signal) })
            .catch(() => 0);
      }),
    [client, images],
  );
}

const QUERY_KEY = ["newest"];
