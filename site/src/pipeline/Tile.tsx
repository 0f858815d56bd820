/** A small picture of an image; where there is none, a disc of its own colour, so that one can be told from another. */
import type { ImageView } from "../api/api.ts";
import { hexColour, tilePicture } from "../parts/picture-sources.ts";
import { useServices } from "../services.ts";
import type { PipelineImage } from "./pipeline-api.ts";

export function Tile({ image: { imageId, isYours } }: { image: PipelineImage }) {
  const { images, uploads } = useServices();
  const view = isYours ? images.watched.value.get(imageId) : undefined;
  const url = isYours ? (uploads.previewOf(imageId) ?? smallestUrl(view)) : undefined;
  return (
    <span
      class="pipeline-tile"
      style={{ backgroundColor: hexColour(view?.dominantColour) ?? colourOf(imageId) }}
    >
      {url !== undefined && <img src={url} alt="" decoding="async" draggable={false} onError={hide} />}
    </span>
  );
}

/** What cannot be shown leaves the disc. */
function hide({ currentTarget }: { currentTarget: HTMLImageElement }): void {
  currentTarget.hidden = true;
}

function smallestUrl(view: ImageView | undefined): string | undefined {
  return view && tilePicture(view, 1)?.fallback.src;
}

/** Ids are hashes: their first digits are any colour. */
function colourOf(imageId: string): string {
  return `oklch(0.68 0.13 ${Number.parseInt(imageId.slice(0, 4), 16) % 360})`;
}
