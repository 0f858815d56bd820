/** What has the focus may go: what is nearest to it has it then, and not the page as a whole, where nobody sees it. */

/** What says where one is comes before what can be pressed there. */
const FOCUSABLE = ["h1, h2", "a, button, input, select, textarea, [tabindex]"];

/** What had the focus last, and all that it was in, from the inside. */
let places: EventTarget[] = [];

/** To be called once, before anything is shown. */
export function keepFocus(): void {
  addEventListener("focusin", (event) => {
    places = event.composedPath();
  });
  // Whoever points beside everything wants it nowhere.
  addEventListener("pointerdown", () => {
    places = [];
  });
  new MutationObserver(() => {
    if (lostFocus()) focusNearest();
  }).observe(document.body, { childList: true, subtree: true });
}

/** @returns what had the focus and is not in the page any more, while nothing else has it. */
export function lostFocus(): Element | undefined {
  const [last] = places;
  return last instanceof Element && !last.isConnected && isNowhere() ? last : undefined;
}

/** Whoever uses the keyboard is led to it; for all others, the page stays where it is. */
export function focusOn(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  if (element.matches(":focus-visible")) element.scrollIntoView({ block: "nearest" });
}

const isNowhere = () => document.activeElement === document.body;

function focusNearest(): void {
  const main = document.querySelector("main");
  for (const place of [...places, main]) {
    if (!(place instanceof HTMLElement) || !place.isConnected) continue;
    if (place !== main && place.contains(main)) continue;
    const inside = FOCUSABLE.flatMap((some) => [...place.querySelectorAll<HTMLElement>(some)]);
    // What is hidden, or disabled, does not take it.
    for (const element of [...inside, place]) if (isNowhere()) focusOn(element);
  }
}
