/** The original over a variant, from the left up to where it is wiped away. */
import { useEffect, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { formatText } from "../ui/text.ts";
import type { Original } from "./original.ts";

export function Wipe({ image, original }: { image: ImageView; original: Original }) {
  const url = useUrl(original.blob);
  const [percent, setPercent] = useState(50);
  const [canShow, setCanShow] = useState(true);
  const format = formatText(image.original.format ?? "");
  if (!canShow) return <p class="wipe-note problem">This browser cannot show the original ({format}).</p>;
  return (
    <div class="wipe" style={{ "--wiped": `${percent}%` }}>
      <img src={url} alt={`The original, ${format}`} onError={() => setCanShow(false)} />
      <span class="wipe-label original" aria-hidden="true">
        Original
      </span>
      <span class="wipe-label variant" aria-hidden="true">
        Variant
      </span>
      <span class="wipe-line" aria-hidden="true" />
      <input
        type="range"
        min={0}
        max={100}
        value={percent}
        aria-label="How much of the original is seen"
        aria-valuetext={`${percent} %`}
        onInput={({ currentTarget }) => setPercent(currentTarget.valueAsNumber)}
      />
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
