/** The original over a variant, or why it is not. */
import { Download } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { formatText } from "../ui/text.ts";
import { useDownload } from "./mutations.ts";
import type { Original } from "./original.ts";
import { WipeSlider } from "./WipeSlider.tsx";

interface Props {
  image: ImageView;
  original: Original;
  /** This browser does not know its format. */
  onUnknown: () => void;
}

export function Wipe({ image, original, onUnknown }: Props) {
  const url = useUrl(original.blob);
  return (
    <WipeSlider over="Original" under="Variant">
      <img src={url} alt={`The original, ${formatText(image.original.format ?? "")}`} onError={onUnknown} />
    </WipeSlider>
  );
}

/** What can be done instead. */
export function Unshowable({ image }: { image: ImageView }) {
  const download = useDownload(image);
  const format = formatText(image.original.format ?? "");
  const isKnownToSafari = ["heic", "tiff"].includes(image.original.format ?? "");
  return (
    <div class="unshowable" role="status">
      <p>
        This browser cannot show the original ({format}){isKnownToSafari && "; Safari can"}. Here, the variant
        is seen alone: download the original to look at it in another program.
      </p>
      <button type="button" class="button" onClick={() => download.mutate("original")}>
        <Download aria-hidden="true" size={18} />
        Download the original
      </button>
    </div>
  );
}

/** Of something that is held here, as long as it is shown. */
function useUrl(blob: Blob): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const created = URL.createObjectURL(blob);
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [blob]);
  return url;
}
