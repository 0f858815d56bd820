import { useQueryClient } from "@tanstack/preact-query";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { useServices } from "../app/context.ts";
import { untilOnline } from "../ui/use-online.ts";
import { colourOf, placeholderOf } from "./placeholder.ts";
import type { PictureSources } from "./srcset.ts";
import { imageKey } from "./use-image.ts";
import "./pictures.css";

interface Props {
  image: ImageView;
  picture: PictureSources;
  sizes: string;
  alt: string;
  describedBy?: string | undefined;
  isLazy?: boolean;
}

/** A picture over its placeholder. One that does not load is asked for with new links, once. */
export function LoadingPicture({ image, picture, sizes, alt, describedBy, isLazy = false }: Props) {
  const { images, api } = useServices();
  const client = useQueryClient();
  const element = useRef<HTMLImageElement>(null);
  const [isLoaded, setLoaded] = useState(false);
  const [hasFailed, setFailed] = useState(false);
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
      (view) => {
        images.learn([view]);
        // Lists know the small variants only; the page of an image has all of them.
        client.setQueryData<ImageView>(imageKey(image.imageId), (shown) => shown && view);
      },
      () => undefined,
    );
  }

  const placeholder = placeholderOf(image.thumbhash);
  return (
    <picture
      class={`picture ${isLoaded ? "loaded" : ""}`}
      style={{
        backgroundColor: colourOf(image.dominantColour),
        backgroundImage: placeholder && !isLoaded ? `url(${placeholder})` : undefined,
      }}
    >
      {sources.map(({ type, srcset }) => (
        <source key={type} type={type} srcset={srcset} sizes={sizes} />
      ))}
      <img
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
