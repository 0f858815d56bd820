import { ArrowLeft } from "lucide-preact";
import { useRoute } from "preact-iso/router";
import type { ImageView } from "../api/api.ts";
import { isGone } from "../api/problem.ts";
import { Timeline } from "../parts/Progress.tsx";
import { useImage } from "../parts/queries.ts";
import { isIn } from "../store/lists.ts";
import { ErrorNotice } from "../ui/ErrorNotice.tsx";
import { NotFound } from "../ui/NotFound.tsx";
import { addressOfGallery, comeBack, usePage } from "../ui/page.ts";
import { isolated, shownName } from "../ui/text.ts";
import { Actions } from "./Actions.tsx";
import { Deleted } from "./Deleted.tsx";
import { Facts } from "./Facts.tsx";
import { ImageTitle } from "./ImageTitle.tsx";
import { LargePicture } from "./LargePicture.tsx";
import { Neighbours } from "./Neighbours.tsx";
import { Outcome } from "./Outcome.tsx";
import { Variants } from "./Variants.tsx";
import { ViewerPlace } from "./ViewerPlace.tsx";
import "./image-page.css";

export { NotFound };

export function ImagePage() {
  const { imageId = "" } = useRoute().params;
  const { data: image, error, refetch, isPlaceholderData } = useImage(imageId);
  if (isGone(error)) return image ? <Deleted /> : <NotFound />;
  return (
    <article class="image-page">
      <div class="image-top">
        <a class="back-link" href={addressOfGallery()} onClick={comeBack}>
          <ArrowLeft aria-hidden="true" size={18} />
          All photographs
        </a>
        <Neighbours imageId={imageId} />
      </div>
      {image && <Image key={imageId} image={image} isWhole={!isPlaceholderData} />}
      {!image && error && (
        <ErrorNotice title="This photograph cannot be shown" error={error} retry={() => refetch()} />
      )}
      {!image && !error && <ImageSkeleton />}
    </article>
  );
}

/** @param isWhole false while only what the gallery knows is known. */
function Image({ image, isWhole }: { image: ImageView; isWhole: boolean }) {
  const heading = usePage(isolated(shownName(image)));
  return (
    <>
      <LargePicture image={image} />
      <div class="image-head">
        <ImageTitle image={image} heading={heading} />
        <Actions image={image} isWhole={isWhole} />
      </div>
      <Outcome image={image} />
      <div class={`image-columns ${isIn("in-progress", image.status) ? "in-progress" : ""}`}>
        {(image.variants.length > 0 || !isWhole) && <Variants image={image} isWhole={isWhole} />}
        <div class="image-aside">
          <Timeline image={image} />
          <Facts image={image} />
        </div>
      </div>
      {isWhole && image.variants.length > 0 && <ViewerPlace image={image} />}
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
