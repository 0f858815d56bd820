import { useLocation } from "preact-iso/router";
import { usePage } from "../app/use-page.ts";
import { InProgress } from "../progress/InProgress.tsx";
import { ErrorNotice } from "../ui/ErrorNotice.tsx";
import { AddPhotographs } from "../upload/AddPhotographs.tsx";
import { EmptyGallery } from "./EmptyGallery.tsx";
import { EndOfList } from "./EndOfList.tsx";
import { FilterLinks } from "./FilterLinks.tsx";
import { filterOf } from "./filters.ts";
import { SkeletonGrid, Tile } from "./Tile.tsx";
import { useGallery } from "./use-gallery.ts";
import "./gallery.css";

export function GalleryPage() {
  const heading = usePage("Your photographs");
  const filter = filterOf(useLocation().query);
  const gallery = useGallery(filter);
  const images = gallery.data?.pages.flatMap((page) => page.images);
  return (
    <>
      <h1 ref={heading} tabIndex={-1} class="visually-hidden">
        Your photographs
      </h1>
      <AddPhotographs />
      <InProgress />
      <section class="gallery" aria-labelledby="gallery-title" aria-busy={gallery.isFetching}>
        <div class="section-head">
          <h2 id="gallery-title" tabIndex={-1}>
            Gallery
          </h2>
          <FilterLinks current={filter} />
        </div>
        {images === undefined && gallery.isError && (
          <ErrorNotice
            title="Your photographs cannot be shown"
            error={gallery.error}
            retry={() => gallery.refetch()}
          />
        )}
        {images === undefined && !gallery.isError && <SkeletonGrid />}
        {images?.length === 0 && !gallery.hasNextPage && <EmptyGallery filter={filter} />}
        {images !== undefined && images.length > 0 && (
          <ul class="grid">
            {images.map((image) => (
              <Tile key={image.imageId} image={image} />
            ))}
          </ul>
        )}
        {images !== undefined && (images.length > 0 || gallery.hasNextPage) && (
          <EndOfList gallery={gallery} count={images.length} />
        )}
      </section>
    </>
  );
}
