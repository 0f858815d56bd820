import { useEffect, useRef } from "preact/hooks";
import { errorText } from "../api/problem.ts";
import type { useGallery } from "../parts/queries.ts";
import { countText } from "../ui/text.ts";

interface Props {
  gallery: ReturnType<typeof useGallery>;
  count: number;
}

/** Loads the next page when it comes near; the button is for everybody whom that does not suit. */
export function EndOfList({ gallery, count }: Props) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, error } = gallery;
  const end = useRef<HTMLDivElement>(null);
  const isReady = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;

  useEffect(() => {
    if (!isReady || !end.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) fetchNextPage();
      },
      { rootMargin: "600px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [isReady, fetchNextPage, count]);

  return (
    <div ref={end} class="end-of-list">
      {isFetchNextPageError && <p class="problem">{errorText(error)}</p>}
      {hasNextPage ? (
        <button
          type="button"
          class="button"
          aria-disabled={isFetchingNextPage}
          onClick={() => !isFetchingNextPage && fetchNextPage()}
        >
          {isFetchingNextPage ? "Loading more…" : isFetchNextPageError ? "Try again" : "Show more"}
        </button>
      ) : (
        <p class="quiet">
          {count === 1 ? "That is the only one" : `That is all: ${countText(count, "photograph")}`}
        </p>
      )}
    </div>
  );
}
