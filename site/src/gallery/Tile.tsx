import type { ImageView } from "../api/api.ts";
import { TilePicture } from "../parts/Picture.tsx";
import { StatusBadge } from "../parts/Progress.tsx";

/** Columns of the grid, as wide as `gallery.css` makes them. */
const SIZES = "(min-width: 80rem) 14.5rem, (min-width: 48rem) 24vw, (min-width: 30rem) 32vw, 48vw";

export function Tile({ image }: { image: ImageView }) {
  const { imageId, name, caption, status, rejection } = image;
  return (
    <li class={`tile ${status.toLowerCase()}`}>
      <a href={`/images/${imageId}`}>
        <div class="tile-picture">
          <TilePicture image={image} sizes={SIZES} />
          {status !== "PROCESSED" && <StatusBadge status={status} />}
        </div>
        <span class="tile-name">{name}</span>
        {(rejection?.reason ?? caption) && <span class="tile-note">{rejection?.reason ?? caption}</span>}
      </a>
    </li>
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
