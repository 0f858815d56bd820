import { ImageOff, LoaderCircle } from "lucide-preact";
import type { ImageView } from "../api/api.ts";
import { LoadingPicture } from "./LoadingPicture.tsx";
import { tilePicture } from "./srcset.ts";

interface Props {
  image: ImageView;
  sizes: string;
  /** The name is beside it. */
  isDecoration?: boolean;
}

/** A square: the picture, or what there is instead of one. */
export function TilePicture({ image, sizes, isDecoration = false }: Props) {
  const picture = tilePicture(image);
  if (picture)
    return (
      <LoadingPicture
        image={image}
        picture={picture}
        sizes={sizes}
        alt={isDecoration ? "" : image.name}
        isLazy
      />
    );
  const isLive = image.status === "PENDING" || image.status === "PROCESSING";
  return (
    <div class="no-picture" aria-hidden="true">
      {isLive ? <LoaderCircle class="spinning" size={24} /> : <ImageOff size={24} strokeWidth={1.5} />}
    </div>
  );
}
