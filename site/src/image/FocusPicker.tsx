/** Says what crops are to keep of a photograph: a point, set by a click or by the arrow keys. What is cropped by it is shown once it is made. */
import { useMutation } from "@tanstack/preact-query";
import { X } from "lucide-preact";
import { useId, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { wholePicture } from "../parts/picture-sources.ts";
import { useServices } from "../services.ts";
import { isIn } from "../store/lists.ts";
import { useModal } from "../ui/modal.ts";
import { Crops } from "./Crops.tsx";
import { FocusPoint, type Point } from "./FocusPoint.tsx";
import "../parts/dialog.css";
import "./focus.css";

const MIDDLE: Point = { x: 0.5, y: 0.5 };

export function FocusPicker({ image, onClose }: { image: ImageView; onClose: () => void }) {
  const dialog = useModal();
  const titleId = useId();
  const [point, setPoint] = useState<Point>(image.focus ?? MIDDLE);
  const refocus = useRefocus(image);
  const isBusy = refocus.isPending || isIn("in-progress", image.status);
  const isMade = image.focus !== undefined && isSame(point, image.focus);
  const picture = wholePicture(image);
  return (
    <dialog ref={dialog} class="question focus-picker" aria-labelledby={titleId} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={titleId}>What crops keep</h2>
        <button type="button" class="icon-button" onClick={() => dialog.current?.close()}>
          <X aria-hidden="true" size={22} />
          <span class="visually-hidden">Close</span>
        </button>
      </div>
      <p class="quiet">
        Click what matters most, or move the point with the arrow keys. Variants that are cropped have it as
        near to their middle as the picture allows.
      </p>
      {picture && <FocusPoint picture={picture} point={point} onMove={setPoint} />}
      <Crops image={image} isOutdated={isBusy} />
      <p class="focus-state" role="status">
        {isBusy
          ? "It is processed again: the crops change as soon as that is done."
          : refocus.isSuccess && image.status === "PROCESSED" && "Done: these are the crops now."}
      </p>
      {refocus.isError && (
        <p class="problem" role="alert">
          {errorText(refocus.error)}
        </p>
      )}
      <div class="buttons">
        <button
          type="button"
          class="button"
          aria-disabled={isBusy || image.focus === undefined}
          onClick={() => !isBusy && image.focus && refocus.mutate(null)}
        >
          Leave it to the pipeline
        </button>
        <button
          type="button"
          class="button primary"
          aria-disabled={isBusy || isMade}
          onClick={() => !isBusy && !isMade && refocus.mutate(point)}
        >
          {isBusy ? "Processing…" : "Save, and process again"}
        </button>
      </div>
    </dialog>
  );
}

/** Processes the image again at once: until then, nothing is seen of another focus. */
function useRefocus(image: ImageView) {
  const { api, images } = useServices();
  return useMutation({
    networkMode: "always",
    mutationFn: (point: Point | null) =>
      api.edit(image.imageId, { focus: point && `${point.x},${point.y}`, reprocess: true }),
    onMutate: () => image,
    onSuccess: (_answer, _point, asked) => images.restarted(asked),
  });
}

function isSame(one: Point, other: Point): boolean {
  return one.x === other.x && one.y === other.y;
}
