import { CodeXml, Columns2, Crosshair, Download, RefreshCw } from "lucide-preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { ImageView } from "../api/api.ts";
import { DeleteButton } from "../parts/DeleteButton.tsx";
import { bestToDownload } from "../parts/picture-sources.ts";
import { useReprocess } from "../parts/reprocess.ts";
import { isIn } from "../store/lists.ts";
import { useLoaded } from "../ui/loaded.ts";
import { addressOfGallery, comeBack } from "../ui/page.ts";
import { bytesText, formatText } from "../ui/text.ts";
import { cropsOf } from "./Crops.tsx";
import { useDownload } from "./mutations.ts";
import { useViewing } from "./viewing.ts";

/** @param isWhole false while only what the gallery knows is known. */
export function Actions({ image, isWhole }: { image: ImageView; isWhole: boolean }) {
  const { route } = useLocation();
  const download = useDownload(image, isWhole);
  const reprocess = useReprocess(image);
  const { open } = useViewing();
  const best = isWhole ? bestToDownload(image) : undefined;
  return (
    <div class="actions">
      {image.variants.length > 0 && (
        <button type="button" class="button primary" onClick={() => download.mutate("best")}>
          <Download aria-hidden="true" size={18} />
          Download
          <span class="button-note">
            {best ? `${formatText(best.format)}, ${bytesText(best.bytes)}` : "in its largest size"}
          </span>
        </button>
      )}
      {image.variants.length > 0 && (
        <button type="button" class="button" onClick={() => open({ isCompared: true, isFitted: false })}>
          <Columns2 aria-hidden="true" size={16} />
          Compare
        </button>
      )}
      {image.variants.length > 0 && <OnYourPageButton image={image} />}
      {cropsOf(image).length > 0 && <FocusButton image={image} />}
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
      <DeleteButton
        image={image}
        onDeleted={() => {
          comeBack();
          route(addressOfGallery(), true);
        }}
      />
    </div>
  );
}

function OnYourPageButton({ image }: { image: ImageView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <CodeXml aria-hidden="true" size={16} />
        Put it on your page
      </button>
      {isOpen && <LoadedOnYourPage image={image} onClose={() => setOpen(false)} />}
    </>
  );
}

function FocusButton({ image }: { image: ImageView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Crosshair aria-hidden="true" size={16} />
        Crop
      </button>
      {isOpen && <LoadedFocusPicker image={image} onClose={() => setOpen(false)} />}
    </>
  );
}

const loadFocusPicker = () => import("./FocusPicker.tsx");

function LoadedFocusPicker({ image, onClose }: { image: ImageView; onClose: () => void }) {
  const part = useLoaded(loadFocusPicker, onClose);
  return part ? <part.FocusPicker image={image} onClose={onClose} /> : null;
}

const loadOnYourPage = () => import("./OnYourPage.tsx");

function LoadedOnYourPage({ image, onClose }: { image: ImageView; onClose: () => void }) {
  const part = useLoaded(loadOnYourPage, onClose);
  return part ? <part.OnYourPage image={image} onClose={onClose} /> : null;
}
