/** Files may be dropped and pasted anywhere on the page, not only where it says so. */
import { ImageUp } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { useServices } from "../services.ts";

export function DropAnywhere() {
  const { uploads } = useServices();
  const { path, route } = useLocation();
  const [isOver, setOver] = useState(false);

  useEffect(
    () =>
      listenForFiles({
        onOver: setOver,
        onFiles: (files) => {
          if (path !== "/") route("/");
          uploads.add(files);
        },
      }),
    [uploads, path, route],
  );

  if (!isOver) return null;
  return (
    <div class="drop-anywhere" aria-hidden="true">
      <p>
        <ImageUp size={48} strokeWidth={1.5} />
        Drop to add them
      </p>
    </div>
  );
}

interface DropEvents {
  /** Files are held over the page, or not any more. */
  onOver(isOver: boolean): void;
  onFiles(files: File[]): void;
}

/** While files are held over the page, `dragover` comes at least every 350 ms. */
const OVER_ENDS_AFTER_MS = 600;

/** @returns what ends it. */
function listenForFiles({ onOver, onFiles }: DropEvents): () => void {
  const listeners = new AbortController();
  const { signal } = listeners;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function end(): void {
    clearTimeout(timer);
    onOver(false);
  }

  addEventListener(
    "dragover",
    (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      clearTimeout(timer);
      timer = setTimeout(end, OVER_ENDS_AFTER_MS);
      onOver(true);
    },
    { signal },
  );
  addEventListener(
    "drop",
    (event) => {
      end();
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      onFiles(files);
    },
    { signal },
  );
  addEventListener(
    "paste",
    (event) => {
      if (event.defaultPrevented) return;
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) onFiles(files);
    },
    { signal },
  );

  return () => {
    listeners.abort();
    clearTimeout(timer);
  };
}
