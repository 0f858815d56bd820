/** A picture of an image, or what there is instead of one. */
import { notifyManager, useQueryClient } from "@tanstack/preact-query";
import { ImageOff, LoaderCircle } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { useServices } from "../services.ts";
import { imageKey } from "../store/image-store.ts";
import { isIn } from "../store/lists.ts";
import { untilOnline } from "../ui/online.tsx";
import {
  hexColour,
  isSeeThrough,
  type PictureSources,
  placeholderUrl,
  tilePicture,
} from "./picture-sources.ts";
import "./picture.css";

/** A square beside the name of the image. */
export function TilePicture({ image, sizes, isLazy }: { image: ImageView; sizes: string; isLazy: boolean }) {
  const { uploads } = useServices();
  const picture = tilePicture(image);
  const preview = uploads.previewOf(image.imageId);
  if (picture) return <LoadingPicture image={image} picture={picture} sizes={sizes} alt="" isLazy={isLazy} />;
  if (preview !== undefined) return <Preview url={preview} />;
  return (
    <div class="no-picture" aria-hidden="true">
      {isIn("in-progress", image.status) ? (
        <LoaderCircle class="spinning" size={24} />
      ) : (
        <ImageOff size={24} strokeWidth={1.5} />
      )}
    </div>
  );
}

/** A file of this machine; not every browser can show every type. */
export function Preview({ url }: { url: string }) {
  const [isShown, setShown] = useState(true);
  if (isShown)
    return <img class="preview" src={url} alt="" decoding="async" onError={() => setShown(false)} />;
  return (
    <div class="no-picture" aria-hidden="true">
      <ImageOff size={24} strokeWidth={1.5} />
    </div>
  );
}

interface LoadingPictureProps {
  image: ImageView;
  picture: PictureSources;
  sizes: string;
  alt: string;
  describedBy?: string | undefined;
  isLazy?: boolean;
}

/** A picture over its placeholder. One that does not load is asked for with new links, once. */
export function LoadingPicture({
  image,
  picture,
  sizes,
  alt,
  describedBy,
  isLazy = false,
}: LoadingPictureProps) {
  const { images, api } = useServices();
  const client = useQueryClient();
  const element = useRef<HTMLImageElement>(null);
  const [isLoaded, setLoaded] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(1);
  const { sources, fallback } = picture;

  // From the browser's cache it is there before anybody listens.
  useEffect(() => {
    if (element.current?.complete && element.current.naturalWidth > 0) setLoaded(true);
  }, []);

  async function askAgain(): Promise<void> {
    if (hasFailed) return;
    setFailed(true);
    await untilOnline();
    api.forgetLinks(image.imageId);
    await api.image(image.imageId).then(
      (view) =>
        notifyManager.batch(() => {
          images.learn([view]);
          // Lists know the small variants only; the page of an image has all of them.
          client.setQueryData<ImageView>(imageKey(image.imageId), (shown) => shown && view);
          // Together with the new links, not before them.
          notifyManager.schedule(() => setAttempt(2));
        }),
      () => undefined,
    );
  }

  const placeholder = placeholderUrl(image.thumbhash);
  const isTransparent = isSeeThrough(image.thumbhash);
  return (
    <picture
      class={`picture ${isLoaded ? "loaded" : ""} ${isTransparent ? "see-through" : ""} ${isLazy ? "" : "at-once"}`}
      style={
        !isLoaded && !isTransparent
          ? {
              backgroundColor: hexColour(image.dominantColour),
              backgroundImage: placeholder && `url(${placeholder})`,
            }
          : undefined
      }
    >
      {sources.map(({ type, srcset }) => (
        <source key={type} type={type} srcset={srcset} sizes={sizes} />
      ))}
      <img
        // Links of the same second are the same: only another element makes the browser ask again.
        key={attempt}
        ref={element}
        src={fallback.src}
        srcset={fallback.srcset}
        sizes={sizes}
        width={fallback.width}
        height={fallback.height}
        alt={alt}
        aria-describedby={describedBy}
        loading={isLazy ? "lazy" : "eager"}
        decoding="async"
        onLoad={() => {
          setLoaded(true);
          setFailed(false);
        }}
        onError={askAgain}
      />
    </picture>
  );
}
