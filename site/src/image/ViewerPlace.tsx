import { useEffect, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { say } from "../ui/toasts.tsx";
import type { Viewer as ViewerType } from "./Viewer.tsx";
import { type Viewed, viewed } from "./viewing.ts";

/** Where a photograph is looked at closely, once somebody wants to. */
export function ViewerPlace({ image }: { image: ImageView }) {
  const wish = viewed.value;
  return wish?.imageId === image.imageId ? <LoadedViewer image={image} wish={wish} /> : null;
}

function close(): void {
  viewed.value = undefined;
}

function LoadedViewer({ image, wish }: { image: ImageView; wish: Viewed }) {
  const [Viewer, setViewer] = useState<typeof ViewerType>();
  useEffect(() => {
    import("./Viewer.tsx").then(
      (part) => setViewer(() => part.Viewer),
      () => {
        say("The viewer cannot be loaded. Check your connection, and try again.", "problem");
        close();
      },
    );
    // Whoever goes elsewhere has seen enough.
    return close;
  }, []);
  return Viewer ? <Viewer image={image} wish={wish} onClose={close} /> : null;
}
