import { ImageUp } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { listenForFiles } from "../upload/dropped-files.ts";
import { useServices } from "./context.ts";

/** Takes files that are dropped or pasted on whatever page one is. */
export function DropAnywhere() {
  const { uploads } = useServices();
  const { path, route } = useLocation();
  const [isOver, setOver] = useState(false);

  useEffect(
    () =>
      listenForFiles({
        onOver: (over) => {
          if (over) uploads.prepare();
          setOver(over);
        },
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
