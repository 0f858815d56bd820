/** How photographs are selected, to do something with all of them: what that is, is loaded by whoever does. */
import { computed, useComputed } from "@preact/signals";
import { CheckCheck, RefreshCw } from "lucide-preact";
import { useLayoutEffect } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { endSelecting, focusedId, isSelecting, job, see, select, selected } from "../many/selection.ts";
import { useServices } from "../services.ts";
import { focusOn } from "../ui/focus.ts";
import { useLoaded } from "../ui/loaded.ts";
import { shownName } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";
import { focusTile } from "./tile-focus.ts";
import "./selecting.css";

const loadBar = () => import("../many/ManyBar.tsx");

export function SelectButton() {
  return (
    <button
      type="button"
      class="button select-button"
      aria-pressed={isSelecting.value}
      title="Space on a photograph; Shift and the arrow keys for several"
      onClick={() => {
        if (isSelecting.value) endSelecting();
        else isSelecting.value = true;
      }}
    >
      <CheckCheck aria-hidden="true" size={18} />
      <span>Select</span>
    </button>
  );
}

/** While somebody selects, the arrows lead from one photograph to the next, and Tab from all of them to what can be done. */
export const linkTabIndex = computed(() => (isSelecting.value ? -1 : 0));

interface ChoiceProps {
  image: ImageView;
  /** It is always in the page, and so a way in. */
  isFirst: boolean;
}

/** On a tile: in its corner for a mouse, and all over its picture once somebody selects. Of thousands, none is drawn anew for it. */
export function Choice({ image, isFirst }: ChoiceProps) {
  const { imageId } = image;
  const isSelected = useComputed(() => selected.value.has(imageId));
  const tabIndex = useComputed(() =>
    isSelecting.value && (isFirst || focusedId.value === imageId) ? 0 : -1,
  );
  return (
    <input
      type="checkbox"
      class="choice"
      aria-label={`Select ${shownName(image)}`}
      tabIndex={tabIndex}
      checked={isSelected}
      onFocus={() => {
        focusedId.value = imageId;
      }}
      onClick={(event) => select(imageId, event.currentTarget.checked, event.shiftKey)}
    />
  );
}

/** @param images all that the gallery shows; undefined until it is known. */
export function Selecting({ images }: { images: ImageView[] | undefined }) {
  useLayoutEffect(() => {
    if (images) see(images.map(({ imageId }) => imageId));
  }, [images]);
  return isSelecting.value || job.value ? <Bar images={images ?? []} /> : null;
}

function Bar({ images }: { images: ImageView[] }) {
  const part = useLoaded(loadBar, endSelecting);
  return part ? <part.ManyBar shown={images} onEnd={focusAfterSelecting} /> : null;
}

/** Whoever was at a photograph stays there. */
function focusAfterSelecting(): void {
  const tile = document.activeElement?.closest(".tile");
  const button = document.querySelector<HTMLElement>(".select-button");
  if (tile) focusTile(tile);
  else if (button) focusOn(button);
}

/** Also those that are not listed here yet. */
export function AllFailedAgain() {
  const services = useServices();
  const isBusy = job.value !== undefined;
  const begin = () =>
    loadBar().then(
      ({ reprocessAllFailed }) => reprocessAllFailed(services),
      () => say("This cannot be done just now. Check your connection, and try again.", "problem"),
    );
  return (
    <button type="button" class="button all-failed" aria-disabled={isBusy} onClick={() => !isBusy && begin()}>
      <RefreshCw aria-hidden="true" size={16} />
      Process all failed again
    </button>
  );
}
