import { useMutation } from "@tanstack/preact-query";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { useServices } from "../services.ts";
import { isolated, shownName } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";

/** Processes an image again. How it goes is seen where the image is. */
export function useReprocess(image: ImageView) {
  const { api, images } = useServices();
  return useMutation({
    networkMode: "always",
    mutationFn: () => api.reprocess(image.imageId),
    onMutate: () => image,
    onSuccess: (_answer, _nothing, asked) => {
      say(`“${isolated(shownName(asked))}” is processed again.`, "announcement");
      images.restarted(asked);
    },
    onError: (error) => say(errorText(error), "problem"),
  });
}
