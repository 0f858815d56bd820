/** Which part of the gallery is in the page: what is seen, and some of what is above and below it. */
import type { RefObject } from "preact";
import { useEffect, useReducer, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { ImageView } from "../api/api.ts";
import { placeToComeBackTo } from "../ui/page.ts";
import { type Grid, learnHeights } from "./grid.ts";
import { type Band, isRow, type Piece, sizeOf } from "./rows.ts";

/** What is in the page. */
interface Shown {
  pieces: Piece[];
  images: ImageView[];
}

/** In pixels, above and below the window. More is drawn when half of it is left. */
const LEAST_REACH = 800;

/**
 * @param before how many elements of the list come before those that it is about.
 * @returns no band until the list is there. `shown` is to be kept true.
 */
export function useBand(list: RefObject<HTMLElement>, before: number, grid: Grid | undefined) {
  const { url } = useLocation();
  const comesTo = useRef(placeToComeBackTo(url));
  const shown = useRef<Shown>({ pieces: [], images: [] });
  const band = useRef<Band>();
  const focused = useRef<string>();
  const [, draw] = useReducer((times: number, _again: undefined) => times + 1, 0);

  const first = list.current?.children[before];
  // What is seen first is drawn alone.
  if (grid && first && !band.current) band.current = seenBand(first, comesTo.current);

  useEffect(() => {
    const look = () => {
      const elements = [...(list.current?.children ?? [])].slice(before);
      const [first] = elements;
      if (!grid || !first) return;
      const seen = seenBand(first);
      const reach = Math.max(LEAST_REACH, innerHeight);
      if (band.current && isWithin(widened(seen, reach / 2), band.current)) return;
      learnHeights(grid, shown.current.pieces, elements);
      focused.current = focusedIn(shown.current, elements);
      band.current = widened(seen, reach);
      draw(undefined);
    };
    // This is after the first has been painted.
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [list, before, grid]);

  useEffect(() => {
    const { pieces } = shown.current;
    if (grid) learnHeights(grid, pieces, [...(list.current?.children ?? [])].slice(before));
  });

  return { band: band.current, focused: focused.current, shown };
}

/** @param scrolledTo where the window is going to be; without it, it stays. */
function seenBand(first: Element, scrolledTo = scrollY): Band {
  const top = scrolledTo - scrollY - first.getBoundingClientRect().top;
  return { top, bottom: top + innerHeight };
}

const widened = ({ top, bottom }: Band, by: number): Band => ({ top: top - by, bottom: bottom + by });

const isWithin = (inner: Band, outer: Band) => outer.top <= inner.top && inner.bottom <= outer.bottom;

function focusedIn({ pieces, images }: Shown, elements: Element[]): string | undefined {
  let index = elements.findIndex((element) => element.contains(document.activeElement));
  if (index < 0) return undefined;
  for (const piece of pieces) {
    if (index < sizeOf(piece)) return isRow(piece) ? images[piece.start + index]?.imageId : undefined;
    index -= sizeOf(piece);
  }
  return undefined;
}
