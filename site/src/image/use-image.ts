import { type InfiniteData, useQuery, useQueryClient } from "@tanstack/preact-query";
import type { ImageView, Listing } from "../api/api.ts";
import { useServices } from "../app/context.ts";
import { pollDelayMs } from "../progress/poll-delay.ts";
import { isLive } from "../progress/watch.ts";

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
    placeholderData: () =>
      listedImage(client.getQueriesData<InfiniteData<Listing>>({ queryKey: ["images"] }), imageId),
  });
}

/** As the gallery knows it: without the large variants, but at once. */
function listedImage(
  lists: [unknown, InfiniteData<Listing> | undefined][],
  imageId: string,
): ImageView | undefined {
  return lists
    .flatMap(([, data]) => data?.pages ?? [])
    .flatMap(({ images }) => images)
    .find((image) => image.imageId === imageId);
}
