/** What is asked of the API while it is looked at, and how often. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/preact-query";
import type { ImageView } from "../api/api.ts";
import { LINKS_KEPT_MS } from "../api/links.ts";
import { useServices } from "../services.ts";
import { imageKey, listedImage, listKey } from "../store/image-store.ts";
import type { View } from "../store/lists.ts";
import { type KnownStep, stepsOf } from "../store/progress.ts";

export function useGallery(view: View) {
  const { images } = useServices();
  return useInfiniteQuery({
    queryKey: listKey(view),
    queryFn: ({ pageParam, signal }) => images.page(view, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // Changes come by themselves; links have to be renewed.
    staleTime: LINKS_KEPT_MS,
  });
}

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
    // Another page, or another program, may have changed it; from then on the store knows when to ask again.
    staleTime: 0,
    placeholderData: () => listedImage(client, imageId),
  });
}

/** What the person who is signed in may, and has used. @param staleTime how old it may be, in milliseconds. */
export function useMe(staleTime: number) {
  const { api } = useServices();
  return useQuery({ queryKey: ["me"], queryFn: ({ signal }) => api.me(signal), staleTime });
}

/** What is known of the steps of an image whose page is not open: what was told while they were done. */
export function useToldSteps({ imageId }: ImageView): KnownStep[] | undefined {
  const told = useServices().images.progress.value.get(imageId);
  return told && stepsOf(told);
}

/**
 * The steps of an image, as exactly as they are known. Step Functions tells few histories a second, of all users: it is asked when
 * there is something to learn, once the image is over, or where nothing was told of its being under way.
 */
export function useSteps(image: ImageView): { steps: KnownStep[] | undefined; error: Error | null } {
  const { api, config, images } = useServices();
  const { imageId, status, updatedAt } = image;
  const told = images.progress.value.get(imageId);
  const isFollowed = status === "PROCESSING" && told?.status === "PROCESSING";
  const { data, error } = useQuery({
    queryKey: ["history", imageId, status, updatedAt, status === "PROCESSING" ? told?.at : undefined],
    queryFn: ({ signal }) => api.history(imageId, signal),
    enabled: config.hasHistory && status !== "PENDING" && !isFollowed,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const steps = isFollowed ? undefined : data?.steps;
  return { steps: steps ?? (told && stepsOf(told)), error: isFollowed ? null : error };
}

/** Keeps the page true, with a request a second while something happens, and a slow look when nothing does. */
export function usePolling(): void {
  const { images } = useServices();
  // Whoever sends something does not wait for the slow look.
  images.watched.value;
  useQuery({
    queryKey: ["changes"],
    queryFn: ({ signal }) => images.poll(signal),
    // And at once when the tab is looked at again: this is TanStack Query's default, and so is pausing while offline.
    staleTime: 0,
    refetchIntervalInBackground: false,
    refetchInterval: images.pollDelayMs,
  });
}
