import { Images, SearchX } from "lucide-preact";
import { useLocation } from "preact-iso/router";
import { useGallery } from "../parts/queries.ts";
import { useServices } from "../services.ts";
import type { Filter } from "../store/lists.ts";
import { ErrorNotice } from "../ui/notices.tsx";
import { usePage } from "../ui/page.ts";
import { AddBar } from "./AddBar.tsx";
import { DraftTile } from "./DraftTile.tsx";
import { EndOfList, NextTiles } from "./EndOfList.tsx";
import { FilterLinks, filterIn } from "./FilterLinks.tsx";
import { SkeletonGrid, Tile } from "./Tile.tsx";
import "./gallery.css";

export function GalleryPage() {
  const heading = usePage("Your photographs");
  const filter = filterIn(useLocation().query);
  const gallery = useGallery(filter);
  const images = gallery.data?.pages.flatMap((page) => page.images);
  const drafts = useServices().uploads.drafts.value;
  const isEmpty = images?.length === 0 && !gallery.hasNextPage && drafts.length === 0;
  return (
    <>
      <h1 ref={heading} tabIndex={-1} class="visually-hidden">
        Your photographs
      </h1>
      <AddBar isLarge={isEmpty && filter === "all"} />
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
        {isEmpty && <EmptyGallery filter={filter} />}
        {(images?.length ?? 0) + drafts.length > 0 && (
          <ul class="grid">
            {drafts.map((draft) => (
              <DraftTile key={draft.id} draft={draft} />
            ))}
            {images?.map((image, index) => (
              <Tile key={image.imageId} image={image} isSeenFirst={index < SEEN_FIRST} />
            ))}
            {images && <NextTiles gallery={gallery} count={images.length} />}
          </ul>
        )}
        {images !== undefined && (images.length > 0 || gallery.hasNextPage) && (
          <EndOfList gallery={gallery} count={images.length} />
        )}
      </section>
    </>
  );
}

/** No screen has more columns. */
const SEEN_FIRST = 6;

function EmptyGallery({ filter }: { filter: Filter }) {
  if (filter === "all")
    return (
      <div class="empty">
        <Images class="empty-icon" aria-hidden="true" size={44} strokeWidth={1.25} />
        <p class="empty-title">No photographs yet</p>
        <p class="quiet">Drop some onto this page. They appear here as soon as they are processed.</p>
      </div>
    );
  return (
    <div class="empty">
      <SearchX class="empty-icon" aria-hidden="true" size={44} strokeWidth={1.25} />
      <p class="empty-title">{NOTHING[filter]}</p>
      <a class="button" href="/">
        Show all
      </a>
    </div>
  );
}

const NOTHING: Record<Exclude<Filter, "all">, string> = {
  processed: "Nothing has been processed yet",
  "in-progress": "Nothing is in progress",
  rejected: "No file was rejected",
  failed: "Nothing has failed",
};
