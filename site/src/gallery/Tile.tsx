/** A photograph in the gallery: from when it was sent to what became of it. */
import { RefreshCw } from "lucide-preact";
import { useMemo } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { isSelecting } from "../many/selection.ts";
import { DeleteButton } from "../parts/DeleteButton.tsx";
import { TilePicture } from "../parts/Picture.tsx";
import { StatusBadge, Stepper } from "../parts/Progress.tsx";
import { useReprocess } from "../parts/reprocess.ts";
import { useServices } from "../services.ts";
import { shownName } from "../ui/text.ts";
import { Choice, linkTabIndex } from "./Selecting.tsx";
import { addressOf } from "./tile-focus.ts";

/** Columns of the grid, as wide as `gallery.css` makes them. */
const SIZES = "(min-width: 80rem) 14.5rem, (min-width: 48rem) 24vw, (min-width: 30rem) 32vw, 48vw";

interface TileProps {
  image: ImageView;
  /** Which one it is, from 1. */
  place: number;
  /** Of how many; -1 while that is not known. */
  count: number;
  /** It is in the first row. */
  isSeenFirst: boolean;
}

export function Tile({ image, place, count, isSeenFirst }: TileProps) {
  // Those that stay are not drawn anew while one scrolls.
  return useMemo(
    () => <DrawnTile image={image} place={place} count={count} isSeenFirst={isSeenFirst} />,
    [image, place, count, isSeenFirst],
  );
}

function DrawnTile({ image, place, count, isSeenFirst }: TileProps) {
  const { imageId, status } = image;
  const note = noteOn(image);
  return (
    <li class={`tile ${status.toLowerCase()}`} aria-posinset={place} aria-setsize={count}>
      <a href={addressOf(imageId)} tabIndex={linkTabIndex}>
        <div class="tile-picture">
          <TilePicture image={image} sizes={SIZES} isLazy={!isSeenFirst} />
          {status !== "PROCESSED" && <StatusBadge status={status} />}
        </div>
        <bdi class="tile-name">{shownName(image)}</bdi>
        {note && (
          <span class="tile-note" dir="auto">
            {note}
          </span>
        )}
      </a>
      <Choice image={image} isFirst={place === 1} />
      {status === "PROCESSING" && <Stepper image={image} />}
      <WhatToDo image={image} />
    </li>
  );
}

function noteOn({ status, rejection, failure, caption }: ImageView): string | undefined {
  if (status === "REJECTED") return rejection?.reason;
  return status === "FAILED" ? failure : caption;
}

/** About an image that did not become what it was to be. */
function WhatToDo({ image }: { image: ImageView }) {
  const { uploads } = useServices();
  const { status, imageId } = image;
  // Of one that was sent from here, the file has arrived: it is taken up in a moment.
  const isMissing = status === "PENDING" && uploads.previewOf(imageId) === undefined;
  if (status !== "REJECTED" && status !== "FAILED" && !isMissing) return null;
  return (
    <div class="tile-buttons" inert={isSelecting}>
      {status === "FAILED" && <ReprocessButton image={image} />}
      <DeleteButton image={image} isNamed />
    </div>
  );
}

function ReprocessButton({ image }: { image: ImageView }) {
  const reprocess = useReprocess(image);
  return (
    <button
      type="button"
      class="button small"
      aria-disabled={reprocess.isPending}
      onClick={() => !reprocess.isPending && reprocess.mutate()}
    >
      <RefreshCw aria-hidden="true" size={16} />
      <span>
        Process<span class="visually-hidden"> {shownName(image)}</span> again
      </span>
    </button>
  );
}

export function SkeletonGrid() {
  return (
    <>
      <p class="visually-hidden" role="status">
        Loading your photographs
      </p>
      <ul class="grid" aria-hidden="true">
        {Array.from({ length: 10 }, (_, index) => (
          <li key={index} class="tile">
            <div class="tile-picture skeleton" />
            <span class="skeleton line" />
          </li>
        ))}
      </ul>
    </>
  );
}
