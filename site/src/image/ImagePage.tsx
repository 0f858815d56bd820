import { ArrowLeft } from "lucide-preact";
import { useRoute } from "preact-iso/router";
import type { ImageView } from "../api/api.ts";
import { isGone } from "../api/send.ts";
import { NotFound } from "../app/NotFound.tsx";
import { usePage } from "../app/use-page.ts";
import { ErrorNotice } from "../ui/ErrorNotice.tsx";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { Actions } from "./Actions.tsx";
import { Facts } from "./Facts.tsx";
import { LargePicture } from "./LargePicture.tsx";
import { Outcome } from "./Outcome.tsx";
import { Timeline } from "./Timeline.tsx";
import { useImage } from "./use-image.ts";
import { Variants } from "./Variants.tsx";
import "./image-page.css";

export function ImagePage() {
  const { imageId = "" } = useRoute().params;
  const { data: image, error, refetch, isPlaceholderData } = useImage(imageId);
  if (isGone(error)) return <NotFound />;
  return (
    <article class="image-page">
      <a class="back-link" href="/">
        <ArrowLeft aria-hidden="true" size={18} />
        All photographs
      </a>
      {image && <Image image={image} isWhole={!isPlaceholderData} />}
      {!image && error && (
        <ErrorNotice title="This photograph cannot be shown" error={error} retry={() => refetch()} />
      )}
      {!image && !error && <ImageSkeleton />}
    </article>
  );
}

/** @param isWhole false while only what the gallery knows is known. */
function Image({ image, isWhole }: { image: ImageView; isWhole: boolean }) {
  const heading = usePage(image.name);
  return (
    <>
      <LargePicture image={image} />
      <div class="image-head">
        <div class="image-title">
          <h1 ref={heading} tabIndex={-1}>
            {image.name}
          </h1>
          <StatusBadge status={image.status} />
          {image.caption && (
            <p id="caption" class="caption">
              {image.caption}
            </p>
          )}
        </div>
        <Actions image={image} />
      </div>
      <Outcome image={image} />
      <div class="image-columns">
        {(image.variants.length > 0 || !isWhole) && <Variants image={image} isWhole={isWhole} />}
        <div class="image-aside">
          <Facts image={image} />
          <Timeline image={image} />
        </div>
      </div>
    </>
  );
}

function ImageSkeleton() {
  const heading = usePage("Photograph");
  return (
    <>
      <h1 ref={heading} tabIndex={-1} class="visually-hidden">
        Loading the photograph
      </h1>
      <div class="large-picture skeleton" aria-hidden="true" />
      <div class="skeleton line wide" aria-hidden="true" />
      <div class="skeleton line" aria-hidden="true" />
    </>
  );
}
