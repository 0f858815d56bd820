import { Images, SearchX } from "lucide-preact";
import { useMemo, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { isSelecting } from "../many/selection.ts";
import { useGallery } from "../parts/queries.ts";
import { viewAddress, viewIn } from "../parts/view-address.ts";
import { useServices } from "../services.ts";
import type { Filter, View } from "../store/lists.ts";
import { ErrorNotice } from "../ui/ErrorNotice.tsx";
import { usePage } from "../ui/page.ts";
import { AddBar } from "./AddBar.tsx";
import { DraftTile } from "./DraftTile.tsx";
import { EndOfList, NextTiles } from "./EndOfList.tsx";
import { AllFailedAgain, SelectButton, Selecting } from "./Selecting.tsx";
import { SkeletonGrid } from "./Tile.tsx";
import { Tiles } from "./Tiles.tsx";
import { FilterLinks, SearchField, SortChoice, TagChip } from "./ViewControls.tsx";
import "./gallery.css";

export function GalleryPage() {
  const heading = usePage("Your photographs");
  const view = viewIn(useLocation().query);
  const gallery = useGallery(view);
  const drafts = useServices().uploads.drafts.value;
  const images = useMemo(() => gallery.data?.pages.flatMap((page) => page.images), [gallery.data]);
  const list = useRef<HTMLUListElement>(null);
  const isEmpty = images?.length === 0 && !gallery.hasNextPage && drafts.length === 0;
  const isNew = isEmpty && isOfAll(view);
  return (
    <>
      <h1 ref={heading} tabIndex={-1} class="visually-hidden">
        Your photographs
      </h1>
      <AddBar isLarge={isNew} />
      <section class="gallery" aria-labelledby="gallery-title" aria-busy={gallery.isFetching}>
        <div class="section-head">
          <h2 id="gallery-title" tabIndex={-1}>
            Gallery
          </h2>
          <FilterLinks view={view} />
          {view.tag !== "" && <TagChip view={view} />}
          <div class="view-controls">
            <SearchField view={view} />
            <SortChoice view={view} />
            {(images?.length ?? 0) > 0 && <SelectButton />}
          </div>
        </div>
        {images === undefined && gallery.isError && (
          <ErrorNotice
            title="Your photographs cannot be shown"
            error={gallery.error}
            retry={() => gallery.refetch()}
          />
        )}
        {images === undefined && !gallery.isError && <SkeletonGrid />}
        {view.filter === "failed" && (images?.length ?? 0) > 0 && <AllFailedAgain />}
        {isEmpty && <EmptyGallery view={view} />}
        {((images?.length ?? 0) + drafts.length > 0 || gallery.hasNextPage) && (
          <ul ref={list} class={`grid ${isSelecting.value ? "selecting" : ""}`} onKeyDown={onKey}>
            {drafts.map((draft) => (
              <DraftTile key={draft.id} draft={draft} />
            ))}
            {images && images.length > 0 && (
              <Tiles
                key={viewAddress(view)}
                list={list}
                before={drafts.length}
                images={images}
                isWhole={!gallery.hasNextPage}
                isByTime={view.sort !== "name" && view.search === ""}
              />
            )}
            {images && <NextTiles gallery={gallery} count={images.length} />}
          </ul>
        )}
        {images !== undefined && (images.length > 0 || gallery.hasNextPage) && (
          <EndOfList gallery={gallery} count={images.length} />
        )}
        <Selecting images={images} />
      </section>
    </>
  );
}

/** Asked for once, so that what is pressed meanwhile stays in its order. */
let loading: Promise<typeof import("./keys.ts")> | undefined;
const KEYS = /^(Arrow\w+|Enter| |\/)$/;

/** What keys do at a photograph is loaded by whoever presses one. */
function onKey(event: KeyboardEvent): void {
  const { target, key, altKey, ctrlKey, metaKey } = event;
  if (!(target instanceof Element) || !target.matches(".tile > a, .choice")) return;
  const isOfBrowser = key === (target.matches("a") ? "Enter" : " ");
  if (!KEYS.test(key) || isOfBrowser || altKey || ctrlKey || metaKey) return;
  event.preventDefault();
  loading ??= import("./keys.ts");
  loading.then(
    ({ onTileKey }) => onTileKey(event),
    () => {
      loading = undefined;
    },
  );
}

/** Whether nothing is left out. */
function isOfAll({ filter, search, tag }: View): boolean {
  return filter === "all" && search === "" && tag === "";
}

function EmptyGallery({ view }: { view: View }) {
  const { filter, search, tag } = view;
  if (isOfAll(view))
    return (
      <div class="empty">
        <Images class="empty-icon" aria-hidden="true" size={44} strokeWidth={1.25} />
        <p class="empty-title">No photographs yet</p>
        <p class="quiet">Drop some onto this page. They are processed as soon as they are sent.</p>
      </div>
    );
  return (
    <div class="empty">
      <SearchX class="empty-icon" aria-hidden="true" size={44} strokeWidth={1.25} />
      <p class="empty-title">
        {search !== "" ? (
          <>
            No name or caption here begins with “<bdi>{search}</bdi>”
          </>
        ) : tag !== "" ? (
          <>
            Nothing here has the tag “<bdi>{tag}</bdi>”
          </>
        ) : (
          NOTHING[filter]
        )}
      </p>
      <a class="button" href="/">
        Show all
      </a>
    </div>
  );
}

const NOTHING: Record<Filter, string> = {
  all: "",
  processed: "Nothing has been processed yet",
  "in-progress": "Nothing is in progress",
  rejected: "No file was rejected",
  failed: "Nothing has failed",
};
