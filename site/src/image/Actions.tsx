import { Download, RefreshCw } from "lucide-preact";
import { useLocation } from "preact-iso/router";
import type { ImageView } from "../api/api.ts";
import { DeleteButton } from "../parts/DeleteButton.tsx";
import { bestToDownload } from "../parts/picture-sources.ts";
import { isIn } from "../store/lists.ts";
import { bytesText, formatText } from "../ui/text.ts";
import { useDownload, useReprocess } from "./mutations.ts";

export function Actions({ image }: { image: ImageView }) {
  const { route } = useLocation();
  const download = useDownload(image.imageId);
  const reprocess = useReprocess(image);
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
      <DeleteButton image={image} onDeleted={() => route("/", true)} />
    </div>
  );
}
