import { useMutation, useQueryClient } from "@tanstack/preact-query";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { useServices } from "../services.ts";
import { imageKey } from "../store/image-store.ts";
import { isolated, shownName } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";

/** Processes an image again. How it goes is seen where the image is. */
export function useReprocess(image: ImageView) {
  const { api, images } = useServices();
  const client = useQueryClient();
  const { imageId } = image;
  return useMutation({
    networkMode: "always",
    mutationFn: () => api.reprocess(imageId),
    onSuccess: async () => {
      say(`“${isolated(shownName(image))}” is processed again.`, "announcement");
      const started = await api.image(imageId);
      client.setQueryData<ImageView>(imageKey(imageId), (shown) => shown && started);
      images.learn([started]);
    },
    onError: (error) => say(errorText(error), "problem"),
  });
}
