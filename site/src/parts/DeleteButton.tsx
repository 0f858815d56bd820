import { useMutation } from "@tanstack/preact-query";
import { Trash2 } from "lucide-preact";
import { useId, useRef } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { useServices } from "../services.ts";
import { isolated, shownName } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";
import "./dialog.css";

interface Props {
  image: ImageView;
  /** Among other images: which one it is, for whoever hears it. */
  isNamed?: boolean;
  onDeleted: () => void;
}

/** Asks first. Whether the question is open is known to the dialog alone: its `close` event comes late, maybe after the next press. */
export function DeleteButton({ image, isNamed = false, onDeleted }: Props) {
  const { api, images } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const name = shownName(image);

  const removal = useMutation({
    networkMode: "always",
    mutationFn: () => api.remove(image.imageId),
    onSuccess: () => {
      dialog.current?.close();
      images.remove(image.imageId);
      say(`“${isolated(name)}” is deleted.`);
      onDeleted();
    },
  });

  const ask = () => {
    if (removal.isError) removal.reset();
    dialog.current?.showModal();
  };

  return (
    <>
      <button type="button" class={`button danger ${isNamed ? "small" : ""}`} onClick={ask}>
        <Trash2 aria-hidden="true" size={16} />
        Delete{isNamed && <span class="visually-hidden"> {name}</span>}
      </button>
      <dialog ref={dialog} class="question" aria-labelledby={titleId}>
        <h2 id={titleId}>
          Delete “<bdi>{name}</bdi>”?
        </h2>
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
    </>
  );
}
