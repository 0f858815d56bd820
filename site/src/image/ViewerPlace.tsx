import { useEffect } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { useLoaded } from "../ui/loaded.ts";
import { type Viewed, viewed } from "./viewing.ts";

/** Where a photograph is looked at closely, once somebody wants to. */
export function ViewerPlace({ image }: { image: ImageView }) {
  const wish = viewed.value;
  return wish?.imageId === image.imageId ? <LoadedViewer image={image} wish={wish} /> : null;
}

function close(): void {
  viewed.value = undefined;
}

const load = () => import("./Viewer.tsx");

function LoadedViewer({ image, wish }: { image: ImageView; wish: Viewed }) {
  const part = useLoaded(load, close);
  // Whoever goes elsewhere has seen enough.
  useEffect(() => close, []);
  return part ? <part.Viewer image={image} wish={wish} onClose={close} /> : null;
}
