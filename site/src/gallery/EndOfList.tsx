import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { errorText } from "../api/problem.ts";
import type { useGallery } from "../parts/queries.ts";
import { useServices } from "../services.ts";
import { lostFocus } from "../ui/focus.ts";
import { countText } from "../ui/text.ts";
import { focusTile } from "./tile-focus.ts";

interface Props {
  gallery: ReturnType<typeof useGallery>;
  /** How many are shown. */
  count: number;
}

/** Of one page of the list. */
const PLACES = 24;

/**
 * The places of the next page's tiles, which load it when they come near. Those that are taken go, and others come for the page
 * after it: nothing that is seen is ever moved.
 */
export function NextTiles({ gallery, count }: Props) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = gallery;
  const places = useRef<(HTMLLIElement | null)[]>([]);
  const isReady = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;

  useEffect(() => {
    if (!isReady) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) fetchNextPage();
      },
      { rootMargin: "1200px" },
    );
    // Any of them: whoever jumps to the end has passed the first ones.
    for (const place of places.current) if (place) observer.observe(place);
    return () => observer.disconnect();
  }, [isReady, fetchNextPage, count]);

  if (!hasNextPage || isFetchNextPageError) return null;
  return Array.from({ length: PLACES }, (_, index) => (
    <li
      key={`place ${count + index}`}
      ref={(place) => {
        places.current[index] = place;
      }}
      class="tile"
      aria-hidden="true"
    >
      <div class="tile-picture skeleton" />
      <span class="skeleton line" />
    </li>
  ));
}

/** The next page is loaded as it comes near; the button is for everybody whom that does not suit. */
export function EndOfList({ gallery, count }: Props) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, error } = gallery;
  const { images, uploads } = useServices();
  // What is to be counted is not all there yet.
  const isStillComing = images.isAnyLive() || uploads.drafts.value.length > 0;
  const before = useRef(count);
  useLayoutEffect(() => {
    const first = document.querySelector(`.tile[aria-posinset="${before.current + 1}"]`);
    if (first && lostFocus()?.closest(".end-of-list")) focusTile(first);
    before.current = count;
  }, [count]);
  return (
    // Another one after each page, so that what is seen at the end does not move: the first of the new tiles is there then.
    <div key={count} class="end-of-list">
      {isFetchNextPageError && <p class="problem">{errorText(error)}</p>}
      {hasNextPage && (
        <button
          type="button"
          class="button"
          aria-disabled={isFetchingNextPage}
          onClick={() => !isFetchingNextPage && fetchNextPage()}
        >
          {isFetchingNextPage ? "Loading more…" : isFetchNextPageError ? "Try again" : "Show more"}
        </button>
      )}
      {!hasNextPage && !isStillComing && (
        <p class="quiet">
          {count === 1 ? "That is the only one" : `That is all: ${countText(count, "photograph")}`}
        </p>
      )}
    </div>
  );
}
