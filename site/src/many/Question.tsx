import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { useModal } from "../ui/modal.ts";
import "../parts/dialog.css";

interface Props {
  title: string;
  children: ComponentChildren;
  confirm: string;
  refuse: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asked before something that others see. */
export function Question({ title, children, confirm, refuse, onConfirm, onClose }: Props) {
  const dialog = useModal();
  const id = useId();
  return (
    <dialog ref={dialog} class="question" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      <p>{children}</p>
      <div class="buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {refuse}
        </button>
        <button
          type="button"
          class="button primary"
          onClick={() => {
            dialog.current?.close();
            onConfirm();
          }}
        >
          {confirm}
        </button>
      </div>
    </dialog>
  );
}
