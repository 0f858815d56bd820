import { useMutation } from "@tanstack/preact-query";
import type { Variant } from "../api/api.ts";
import { sentenceOf } from "../api/problem.ts";
import { useServices } from "../app/context.ts";
import { say } from "../ui/toasts.ts";

class NoClipboard extends Error {}

/** Copies an address of a variant that works for the full 15 minutes: the one on the page may be older. */
export function useCopyLink(imageId: string) {
  const { api } = useServices();
  return useMutation({
    networkMode: "always",
    mutationFn: async ({ name, format }: Variant) => {
      const link = api.freshImage(imageId).then(({ variants }) => {
        const variant = variants.find((one) => one.name === name && one.format === format);
        if (!variant) throw new NoClipboard();
        return variant.url;
      });
      await copy(link);
    },
    onSuccess: () => say("Link copied. It works for 15 minutes, for everybody who has it."),
    onError: (error) =>
      say(
        error instanceof NoClipboard
          ? "The link could not be copied: the browser does not allow it."
          : sentenceOf(error),
        "problem",
      ),
  });
}

/** The clipboard is asked before the text is there: Safari only lets it be written to in the click itself. */
async function copy(text: Promise<string>): Promise<void> {
  try {
    const blob = text.then((content) => new Blob([content], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } catch {
    const content = await text;
    await navigator.clipboard.writeText(content).catch((cause: unknown) => {
      throw new NoClipboard("", { cause });
    });
  }
}
