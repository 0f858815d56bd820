/** The photographs before and after this one, in the list that one came from: by links, and by the arrow keys. */
import { type InfiniteData, useQueryClient } from "@tanstack/preact-query";
import { ChevronLeft, ChevronRight } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { Listing } from "../api/api.ts";
import { useGallery } from "../parts/queries.ts";
import { viewIn } from "../parts/view-address.ts";
import { listKey } from "../store/image-store.ts";
import { isTyped } from "../ui/keys.ts";
import { addressOfGallery } from "../ui/page.ts";
import { shownName } from "../ui/text.ts";

/** Nothing, for whoever did not come from a list. */
export function Neighbours({ imageId }: { imageId: string }) {
  const query = new URLSearchParams(addressOfGallery().split("?")[1]);
  const view = viewIn(Object.fromEntries(query));
  const isListed = useQueryClient().getQueryData<InfiniteData<Listing>>(listKey(view)) !== undefined;
  return isListed ? <Links imageId={imageId} view={view} /> : null;
}

function Links({ imageId, view }: { imageId: string; view: ReturnType<typeof viewIn> }) {
  const { route } = useLocation();
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useGallery(view);
  const images = data?.pages.flatMap((page) => page.images) ?? [];
  const index = images.findIndex((image) => image.imageId === imageId);
  const isLast = index >= 0 && index === images.length - 1;
  const [previous, next] = index < 0 ? [] : [images[index - 1], images[index + 1]];
  const [previousAddress, nextAddress] = [previous, next].map((image) => image && `/images/${image.imageId}`);

  useEffect(() => {
    if (isLast && hasNextPage && !isFetchingNextPage) fetchNextPage();
  }, [isLast, hasNextPage, isFetchingNextPage, fetchNextPage]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isOurs = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      const isTaken = document.querySelector("dialog[open]") !== null;
      if (!isOurs || isTaken || event.defaultPrevented || isTyped(event)) return;
      const address = { ArrowLeft: previousAddress, ArrowRight: nextAddress }[event.key];
      if (address) route(address, true);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [previousAddress, nextAddress, route]);

  /** Back leads to the gallery, however many were looked at. */
  const follow = (event: MouseEvent, address: string | undefined) => {
    if (!address || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // The router would follow it as any other link.
    event.stopPropagation();
    route(address, true);
  };

  return (
    <nav class="neighbours" aria-label="Photographs beside this one">
      {previous && (
        <a
          class="button small"
          href={previousAddress}
          title="Arrow key to the left"
          onClick={(event) => follow(event, previousAddress)}
        >
          <ChevronLeft aria-hidden="true" size={18} />
          Previous<span class="visually-hidden">: {shownName(previous)}</span>
        </a>
      )}
      {next && (
        <a
          class="button small"
          href={nextAddress}
          title="Arrow key to the right"
          onClick={(event) => follow(event, nextAddress)}
        >
          Next<span class="visually-hidden">: {shownName(next)}</span>
          <ChevronRight aria-hidden="true" size={18} />
        </a>
      )}
    </nav>
  );
}
