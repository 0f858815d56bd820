import { useLayoutEffect, useRef } from "preact/hooks";

/** For a dialog that is open for as long as it is there. */
export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return dialog;
}
