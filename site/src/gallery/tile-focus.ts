/** At which photograph the keyboard is: one comes back to it from its page, and where it goes, to what takes its place. */
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { isSelecting } from "../many/selection.ts";
import { focusOn, lostFocus } from "../ui/focus.ts";
import { addressComeBackFrom } from "../ui/page.ts";

/** In the order that the gallery had last. */
let before: ImageView[] = [];

export const addressOf = (imageId: string) => `/images/${imageId}`;

/** @returns the photograph that is to have the focus, until it does. */
export function useTileFocus(list: RefObject<HTMLElement>, images: ImageView[]): string | undefined {
  const wanted = useRef<string>();
  const isNew = useRef(true);
  if (isNew.current) wanted.current = heirOf(addressComeBackFrom(), images);
  isNew.current = false;

  useLayoutEffect(() => {
    wanted.current ??= heirOf(linkIn(lostFocus()?.closest(".tile"))?.pathname, images);
    before = images;
    const tile =
      wanted.current &&
      list.current?.querySelector(`a[href="${addressOf(wanted.current)}"]`)?.closest(".tile");
    if (!tile) return;
    wanted.current = undefined;
    // A page that is come back to is moved to its place after this.
    queueMicrotask(() => focusTile(tile));
  });

  return wanted.current;
}

/** @returns the photograph of that address, or what is in its place now. */
function heirOf(address: string | undefined, images: ImageView[]): string | undefined {
  const index = before.findIndex(({ imageId }) => addressOf(imageId) === address);
  if (index < 0) return undefined;
  const shown = new Set(images.map(({ imageId }) => imageId));
  return (before.slice(index).find(({ imageId }) => shown.has(imageId)) ?? images.at(-1))?.imageId;
}

/** Of a tile: what selects it while one selects, or else what leads to its page. */
export function focusTile(tile: Element): void {
  const choice = tile.querySelector<HTMLInputElement>(".choice");
  const target = isSelecting.value && choice?.checkVisibility() ? choice : linkIn(tile);
  if (target) focusOn(target);
}

export function linkIn(tile: Element | null | undefined): HTMLAnchorElement | null | undefined {
  return tile?.querySelector<HTMLAnchorElement>('a[href^="/images/"]');
}
