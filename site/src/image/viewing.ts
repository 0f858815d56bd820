/** What is looked at closely is in the address, so that Back ends it, and a reload does not: `?view=compare&variant=large.webp&zoom=100`. */
import { useLocation } from "preact-iso/router";

export interface Viewed {
  /** `large.webp`; the best one if nothing is said. */
  file?: string | undefined;
  isCompared: boolean;
  /** As large as the window, and not pixel by pixel. */
  isFitted: boolean;
}

/** Of an entry that Back leads from to the photograph's page. */
const IS_OPENED_HERE = "is-opened-here";

export function useViewing() {
  const { path, query, route } = useLocation();
  return {
    viewed: viewedIn(query),
    open: (viewed: Viewed) => {
      route(viewedAddress(path, viewed));
      history.replaceState(IS_OPENED_HERE, "");
    },
    /** Back leads out of it, whatever was looked at. */
    change: (viewed: Viewed) => {
      const { state } = history;
      route(viewedAddress(path, viewed), true);
      history.replaceState(state, "");
    },
    close: () => {
      const isOver = viewedIn(Object.fromEntries(new URLSearchParams(location.search))) === undefined;
      if (isOver) return;
      if (history.state === IS_OPENED_HERE) history.back();
      else route(path, true);
    },
  };
}

function viewedIn({ view, variant, zoom }: Record<string, string>): Viewed | undefined {
  if (view !== "alone" && view !== "compare") return undefined;
  return { file: variant, isCompared: view === "compare", isFitted: zoom !== "100" };
}

function viewedAddress(path: string, { file, isCompared, isFitted }: Viewed): string {
  const query = new URLSearchParams({
    view: isCompared ? "compare" : "alone",
    ...(file !== undefined && { variant: file }),
    ...(!isFitted && { zoom: "100" }),
  });
  return `${path}?${query}`;
}
