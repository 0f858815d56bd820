import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { sentenceOf } from "../api/problem.ts";
import { useServices } from "../app/context.ts";
import { say } from "../ui/toasts.ts";
import { imageKey } from "./use-image.ts";

/** Saves a file, and has the download counted. */
export function useDownload(imageId: string) {
  const { api } = useServices();
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (variant: string) => api.download(imageId, variant),
    onSuccess: ({ url, fileName }) => {
      const link = document.createElement("a");
      link.href = url;
      link.click();
      say(`Downloading “${fileName}”.`);
      client.invalidateQueries({ queryKey: imageKey(imageId) });
    },
    onError: (error) => say(sentenceOf(error), "problem"),
  });
}
