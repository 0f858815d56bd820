import { useMutation } from "@tanstack/preact-query";
import { useEffect, useId, useRef } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { useServices } from "../services.ts";
import { say } from "../ui/toasts.tsx";
import "./dialog.css";

interface Props {
  image: ImageView;
  onClose: () => void;
  onDeleted?: () => void;
}

export function DeleteQuestion({ image, onClose, onDeleted }: Props) {
  const { api, images } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);

  const removal = useMutation({
    networkMode: "always",
    mutationFn: () => api.remove(image.imageId),
    onSuccess: () => {
      dialog.current?.close();
      images.remove(image.imageId);
      say(`“${image.name}” is deleted.`);
      onDeleted?.();
    },
  });

  return (
    <dialog ref={dialog} class="question" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>Delete “{image.name}”?</h2>
      <p>The photograph goes, and all its variants with it. Links to them stop working.</p>
      {removal.isError && (
        <p class="problem" role="alert">
          {errorText(removal.error)}
        </p>
      )}
      <div class="buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Keep it
        </button>
        <button
          type="button"
          class="button danger filled"
          aria-disabled={removal.isPending}
          onClick={() => !removal.isPending && removal.mutate()}
        >
          {removal.isPending ? "Deleting…" : "Delete"}
        </button>
      </div>
    </dialog>
  );
}
