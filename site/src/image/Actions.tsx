import { Download, RefreshCw, Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { ImageView } from "../api/api.ts";
import { DeleteQuestion } from "../parts/DeleteQuestion.tsx";
import { bestToDownload } from "../parts/picture-sources.ts";
import { isIn } from "../store/lists.ts";
import { bytesText, formatText } from "../ui/text.ts";
import { useDownload, useReprocess } from "./mutations.ts";

export function Actions({ image }: { image: ImageView }) {
  const { route } = useLocation();
  const download = useDownload(image.imageId);
  const reprocess = useReprocess(image);
  const [isAsking, setAsking] = useState(false);
  const best = bestToDownload(image);
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
      {!isIn("in-progress", image.status) && (
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
