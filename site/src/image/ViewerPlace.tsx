import type { ImageView } from "../api/api.ts";
import { useLoaded } from "../ui/loaded.ts";
import { useViewing } from "./viewing.ts";

/** Where a photograph is looked at closely, once somebody wants to: the viewer itself is loaded by whoever does. */
export function ViewerPlace({ image }: { image: ImageView }) {
  return useViewing().viewed ? <LoadedViewer image={image} /> : null;
}

const load = () => import("./Viewer.tsx");

function LoadedViewer({ image }: { image: ImageView }) {
  const { viewed, change, close } = useViewing();
  const part = useLoaded(load, close);
  return part && viewed ? (
    <part.Viewer image={image} viewed={viewed} onChange={change} onClose={close} />
  ) : null;
}
