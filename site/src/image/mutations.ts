/** What is done with an image and its files. How it went is told. */
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import type { ImageView, Variant } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { copy, NoClipboard } from "../parts/clipboard.ts";
import { bestToDownload } from "../parts/picture-sources.ts";
import { useServices } from "../services.ts";
import { imageKey } from "../store/image-store.ts";
import { isolated } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";

/** Saves a file, and has the download counted. @returns for `large.webp`, `original` or "best", which is what most want. */
export function useDownload(image: ImageView, isWhole = true) {
  const { imageId } = image;
  const { api } = useServices();
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: async (variant: string) => {
      if (variant !== "best") return api.download(imageId, variant);
      // What is best is only known once all variants are.
      const best = bestToDownload(isWhole ? image : await api.image(imageId));
      return api.download(imageId, best ? `${best.name}.${best.format}` : "original");
    },
    onSuccess: ({ url, fileName }) => {
      save(url);
      say(`Downloading “${isolated(fileName)}”.`);
      client.invalidateQueries({ queryKey: imageKey(imageId) });
    },
    onError: (error) => say(errorText(error), "problem"),
  });
}

/** In a frame: where the page itself is led there, Firefox ends all that it has asked for, and others ask whether to leave while something is sent. */
function save(url: string): void {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = url;
  document.body.append(frame);
  // The browser has begun by then, however slow it is, and goes on without it.
  setTimeout(() => frame.remove(), 60_000);
}

class VariantGone extends Error {
  override message =
    "The link could not be copied: the picture was processed again, and has no such variant now.";
}

/** Copies an address of a variant that works for the full 15 minutes: the one on the page may be older. */
export function useCopyLink(imageId: string) {
  const { api } = useServices();
  return useMutation({
    networkMode: "always",
    mutationFn: async ({ name, format }: Variant) => {
      const link = api.freshImage(imageId).then(({ variants }) => {
        const variant = variants.find((one) => one.name === name && one.format === format);
        if (!variant) throw new VariantGone();
        return variant.url;
      });
      await copy(link);
    },
    onSuccess: () => say("Link copied. It works for 15 minutes, for everybody who has it."),
    onError: (error) =>
      say(
        error instanceof NoClipboard || error instanceof VariantGone ? error.message : errorText(error),
        "problem",
      ),
  });
}
