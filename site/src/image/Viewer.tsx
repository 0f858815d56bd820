/** One photograph, as large as the window or pixel by pixel: every variant of it, alone or against the original. */
import { Columns2, Maximize, ScanSearch, X } from "lucide-preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { ImageView, Variant } from "../api/api.ts";
import { bestToDownload, isSeeThrough, isWhole } from "../parts/picture-sources.ts";
import { isTyped } from "../ui/keys.ts";
import { useModal } from "../ui/modal.ts";
import { formatText, shownName } from "../ui/text.ts";
import { useOriginal } from "./original.ts";
import { Proof } from "./Proof.tsx";
import type { Viewed } from "./viewing.ts";
import { Unshowable, Wipe } from "./Wipe.tsx";
import "./viewer.css";

interface Props {
  image: ImageView;
  viewed: Viewed;
  onChange: (viewed: Viewed) => void;
  onClose: () => void;
}

const fileOf = ({ name, format }: Variant) => `${name}.${format}`;

export function Viewer({ image, viewed, onChange, onClose }: Props) {
  const dialog = useModal();
  const titleId = useId();
  const { file, isCompared, isFitted } = viewed;
  const variant = image.variants.find((one) => fileOf(one) === file) ?? bestToDownload(image);
  const canCompare = variant !== undefined && isWhole(variant, image.original);
  const showsOriginal = isCompared && canCompare;
  const original = useOriginal(image, showsOriginal);
  const [isUnknown, setUnknown] = useState(false);
  const zoom = () => onChange({ ...viewed, isFitted: !isFitted });
  const compare = () => onChange({ ...viewed, isCompared: !isCompared });
  useKey("z", zoom);
  useKey("c", compare);
  if (!variant) return null;

  return (
    <dialog ref={dialog} class="viewer" aria-labelledby={titleId} onClose={onClose}>
      <div class="viewer-bar">
        <h2 id={titleId}>
          <bdi>{shownName(image)}</bdi>
        </h2>
        <button type="button" class="icon-button close" onClick={() => dialog.current?.close()}>
          <X aria-hidden="true" size={22} />
          <span class="visually-hidden">Close</span>
        </button>
        <label>
          <span class="visually-hidden">Variant</span>
          <select
            class="text-field"
            value={fileOf(variant)}
            onChange={({ currentTarget }) => onChange({ ...viewed, file: currentTarget.value })}
          >
            {image.variants.map((one) => (
              <option key={fileOf(one)} value={fileOf(one)}>
                {one.name} {formatText(one.format)}, {one.width} × {one.height}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button" aria-pressed={!isFitted} onClick={zoom}>
          {isFitted ? <ScanSearch aria-hidden="true" size={18} /> : <Maximize aria-hidden="true" size={18} />}
          100 %
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={showsOriginal}
          aria-disabled={!canCompare}
          title={canCompare ? undefined : "This variant is a part of the picture"}
          onClick={() => canCompare && compare()}
        >
          <Columns2 aria-hidden="true" size={18} />
          Compare
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move what is larger than the window. */}
      <section class={`viewer-stage ${isFitted ? "fitted" : ""}`} tabIndex={0} aria-label="Picture">
        <div
          class={`viewer-picture ${isSeeThrough(image.thumbhash) ? "see-through" : ""}`}
          style={{
            "--pixels": `${variant.width / devicePixelRatio}px`,
            "--ratio": variant.width / variant.height,
          }}
        >
          <img
            key={variant.url}
            src={variant.url}
            width={variant.width}
            height={variant.height}
            alt={shownName(image)}
          />
          {showsOriginal && original.data && !isUnknown && (
            <Wipe original={original.data} image={image} onUnknown={() => setUnknown(true)} />
          )}
        </div>
      </section>
      {showsOriginal && isUnknown && <Unshowable image={image} />}
      {showsOriginal && <Proof image={image} variant={variant} original={original} />}
    </dialog>
  );
}

/** A single key, where nothing is typed. */
function useKey(key: string, act: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === key && !isTyped(event) && !event.ctrlKey && !event.metaKey && !event.altKey) act();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [key, act]);
}
