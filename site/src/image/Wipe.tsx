/** The original over a variant. */
import { useEffect, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { formatText } from "../ui/text.ts";
import type { Original } from "./original.ts";
import { WipeSlider } from "./WipeSlider.tsx";

export function Wipe({ image, original }: { image: ImageView; original: Original }) {
  const url = useUrl(original.blob);
  const [canShow, setCanShow] = useState(true);
  const format = formatText(image.original.format ?? "");
  if (!canShow) return <p class="wipe-note problem">This browser cannot show the original ({format}).</p>;
  return (
    <WipeSlider over="Original" under="Variant">
      <img src={url} alt={`The original, ${format}`} onError={() => setCanShow(false)} />
    </WipeSlider>
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
