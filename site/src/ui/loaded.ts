/** Parts of the page that are loaded by whoever needs them. */
import { useLayoutEffect, useState } from "preact/hooks";
import { say } from "./toasts.tsx";

/** @param load always the same function. @returns undefined until it is there; if it does not come, that is said. */
export function useLoaded<Part>(load: () => Promise<Part>, onFailed?: () => void): Part | undefined {
  const [part, setPart] = useState<Part>();
  // Before anything is painted: what was loaded earlier is there at once.
  useLayoutEffect(() => {
    load().then(
      (loaded) => setPart(() => loaded),
      () => {
        say("This part of the page cannot be loaded. Check your connection, and try again.", "problem");
        onFailed?.();
      },
    );
  }, [load]);
  return part;
}
