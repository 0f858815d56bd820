import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import type { History, ImageView } from "../api/api.ts";
import { useServices } from "../app/context.ts";

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
