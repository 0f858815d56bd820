/** How photographs are selected, to do something with all of them: what that is, is loaded by whoever does. */
import { computed, useComputed } from "@preact/signals";
import { CheckCheck, RefreshCw } from "lucide-preact";
import { useLayoutEffect } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { endSelecting, isSelecting, job, see, select, selected } from "../many/selection.ts";
import { useServices } from "../services.ts";
import { useLoaded } from "../ui/loaded.ts";
import { shownName } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";
import "./selecting.css";

const loadBar = () => import("../many/ManyBar.tsx");

export function SelectButton() {
  return (
    <button
      type="button"
      class="button select-button"
      aria-pressed={isSelecting.value}
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

const tabIndex = computed(() => (isSelecting.value ? 0 : -1));

/** On a tile: in its corner for a mouse, and all over its picture once somebody selects. Of thousands, none is drawn anew for it. */
export function Choice({ image }: { image: ImageView }) {
  const { imageId } = image;
  const isSelected = useComputed(() => selected.value.has(imageId));
  return (
    <input
      type="checkbox"
      class="choice"
      aria-label={`Select ${shownName(image)}`}
      tabIndex={tabIndex}
      checked={isSelected}
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
  return part ? <part.ManyBar shown={images} onEnd={focusSelectButton} /> : null;
}

function focusSelectButton(): void {
  document.querySelector<HTMLElement>(".select-button")?.focus({ preventScroll: true });
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
