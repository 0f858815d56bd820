/** What is asked of the API while it is looked at, and how often. */
import {
  focusManager,
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/preact-query";
import { useEffect } from "preact/hooks";
import type { History, ImageView, Listing } from "../api/api.ts";
import { LINKS_KEPT_MS } from "../api/links.ts";
import { useServices } from "../services.ts";
import { listKey } from "../store/image-store.ts";
import type { Filter } from "../store/lists.ts";
import { isLive, pollDelayMs } from "../store/watched.ts";

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

export const imageKey = (imageId: string) => ["image", imageId] as const;

export function useImage(imageId: string) {
  const { api, images } = useServices();
  const client = useQueryClient();
  return useQuery({
    queryKey: imageKey(imageId),
    queryFn: async ({ signal }) => {
      const image = await api.image(imageId, signal);
      images.learn([image]);
      return image;
    },
    // Another page, or another program, may have changed it.
    staleTime: 0,
    refetchInterval: ({ state: { data } }) =>
      data && isLive(data, Date.now()) ? pollDelayMs(Date.now() - images.changedAtMs()) : false,
    placeholderData: () => listedImage(client, imageId),
  });
}

/** As the gallery knows it: without the large variants, but at once. */
function listedImage(client: QueryClient, imageId: string): ImageView | undefined {
  return client
    .getQueriesData<InfiniteData<Listing>>({ queryKey: ["images"] })
    .flatMap(([, data]) => data?.pages ?? [])
    .flatMap(({ images }) => images)
    .find((image) => image.imageId === imageId);
}

/** The steps of an image: again and again while it is processed, and once more when it is over. */
export function useHistory(image: ImageView, isAsked = true): History | undefined {
  const { api, config } = useServices();
  const { imageId, status, updatedAt } = image;
  const { data } = useQuery({
    queryKey: ["history", imageId, status, updatedAt],
    queryFn: ({ signal }) => api.history(imageId, signal),
    enabled: config.hasHistory && isAsked && status !== "PENDING",
    staleTime: Number.POSITIVE_INFINITY,
    // The record says how it ended a moment before the execution has ended.
    refetchInterval: ({ state }) =>
      status === "PROCESSING" || state.data?.status === "RUNNING" ? 1000 : false,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return data;
}

/** Keeps the page true while something happens, and lets the API rest when nothing does. */
export function usePolling(): void {
  const { images } = useServices();
  const client = useQueryClient();
  const isAnyLive = [...images.watched.value.values()].some((image) => isLive(image, Date.now()));

  useQuery({
    queryKey: NEWEST_KEY,
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
            .fetchQuery({ queryKey: NEWEST_KEY, queryFn: ({ signal }) => images.poll(signal) })
            .catch(() => 0);
      }),
    [client, images],
  );
}

const NEWEST_KEY = ["newest"];
