import { useLayoutEffect, useRef } from "preact/hooks";

/** For a dialog that is open for as long as it is there: what had the focus before has it again, also where Back has led out of it. */
export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  return dialog;
}
