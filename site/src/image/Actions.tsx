import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { Download, RefreshCw, Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { ImageView } from "../api/api.ts";
import { sentenceOf } from "../api/problem.ts";
import { useServices } from "../app/context.ts";
import { bytesText, formatText } from "../ui/text.ts";
import { say } from "../ui/toasts.ts";
import { DeleteQuestion } from "./DeleteQuestion.tsx";
import { bestToDownload } from "./srcset.ts";
import { useDownload } from "./use-download.ts";
import { imageKey } from "./use-image.ts";

export function Actions({ image }: { image: ImageView }) {
  const { route } = useLocation();
  const download = useDownload(image.imageId);
  const reprocess = useReprocess(image);
  const [isAsking, setAsking] = useState(false);
  const best = bestToDownload(image);
  const isOver = image.status !== "PENDING" && image.status !== "PROCESSING";
  return (
    <div class="actions">
      {best && (
        <button
          type="button"
          class="button primary"
          onClick={() => download.mutate(`${best.name}.${best.format}`)}
        >
          <Download aria-hidden="true" size={18} />
          Download
          <span class="button-note">
            {formatText(best.format)}, {bytesText(best.bytes)}
          </span>
        </button>
      )}
      {isOver && (
        <button
          type="button"
          class="button"
          aria-disabled={reprocess.isPending}
          onClick={() => reprocess.mutate()}
        >
          <RefreshCw aria-hidden="true" size={16} />
          Process again
        </button>
      )}
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        <Trash2 aria-hidden="true" size={16} />
        Delete
      </button>
      {isAsking && (
        <DeleteQuestion image={image} onClose={() => setAsking(false)} onDeleted={() => route("/", true)} />
      )}
    </div>
  );
}

function useReprocess({ imageId, name }: ImageView) {
  const { api, images } = useServices();
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: () => api.reprocess(imageId),
    onSuccess: async () => {
      say(`“${name}” is processed again.`);
      const image = await api.image(imageId);
      client.setQueryData(imageKey(imageId), image);
      images.learn([image]);
    },
    onError: (error) => say(sentenceOf(error), "problem"),
  });
}
