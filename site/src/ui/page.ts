/** A page that is gone to has its title, its heading has the focus, and one that is come back to is where it was left. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";

const positions = new Map<string, number>();
let shownAddress: string | undefined;
let isGoingBack = false;
let galleryAddress = "/";

/** To be called once, before anything is shown. */
export function keepScrollPositions(): void {
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => {
    isGoingBack = true;
  });
  addEventListener("scroll", keepPosition, { passive: true });
  // A page may be left in the moment in which it is scrolled, before anybody is told of that.
  addEventListener("click", keepPosition, { capture: true });
}

function keepPosition(): void {
  // A page that was gone to may still be loading: that the window has moved to its top is none of the one before.
  const isShown = shownAddress === location.pathname + location.search;
  if (shownAddress !== undefined && isShown) positions.set(shownAddress, scrollY);
}

/** @returns where the gallery was left, with its filter. */
export function addressOfGallery(): string {
  return galleryAddress;
}

/** @returns where the window will be, as soon as what is drawn now is shown; undefined when it stays where it is. */
export function placeToComeBackTo(url: string): number | undefined {
  return isGoingBack ? (positions.get(url) ?? 0) : undefined;
}

/** @returns the page that one comes back from with what is drawn now, whatever of it was seen. */
export function addressComeBackFrom(): string | undefined {
  return isGoingBack ? shownAddress?.split("?")[0] : undefined;
}

/** To be called by a link that leads back: the page is then where it was left, as if one had gone back. */
export function comeBack(): void {
  isGoingBack = true;
}

/** @returns for the page's h1, which needs `tabIndex={-1}`. */
export function usePage(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { url, path } = useLocation();

  useEffect(() => {
    document.title = title === "" ? "Image pipeline" : `${title} · Image pipeline`;
  }, [title]);

  useLayoutEffect(() => {
    const isFirst = shownAddress === undefined;
    const isSamePage = shownAddress?.split("?")[0] === url.split("?")[0];
    shownAddress = url;
    if (path === "/") galleryAddress = url;
    const top = positions.get(url) ?? 0;
    // The router shows a page that was gone to from its top: this is after it.
    if (isGoingBack) queueMicrotask(() => scrollTo({ top, behavior: "instant" }));
    isGoingBack = false;
    // Where a person is when they have just come, the browser knows best; a filter keeps the focus it was chosen with.
    if (!isFirst && !isSamePage) heading.current?.focus({ preventScroll: true });
  }, [url, path]);

  return heading;
}
