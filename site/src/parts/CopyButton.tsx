import { useMutation } from "@tanstack/preact-query";
import { Check, Copy } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { errorText } from "../api/problem.ts";
import { copy, NoClipboard } from "./clipboard.ts";

const SAID_MS = 4000;

/** Says in itself how it went: what is said elsewhere is not seen behind a dialog. */
export function CopyButton({ what, text }: { what: string; text: () => Promise<string> }) {
  const copying = useMutation({ networkMode: "always", mutationFn: () => copy(text()) });
  const { isSuccess, isError, error, reset } = copying;
  useEffect(() => {
    if (!isSuccess) return;
    const timer = setTimeout(reset, SAID_MS);
    return () => clearTimeout(timer);
  }, [isSuccess, reset]);
  return (
    <>
      <button type="button" class="button small" onClick={() => copying.mutate()}>
        {isSuccess ? <Check aria-hidden="true" size={16} /> : <Copy aria-hidden="true" size={16} />}
        {isSuccess ? "Copied" : "Copy"}
        <span class="visually-hidden"> {what}</span>
      </button>
      <span role="status" class="visually-hidden">
        {isSuccess && "Copied"}
      </span>
      {isError && (
        <p class="problem" role="alert">
          {error instanceof NoClipboard ? error.message : errorText(error)}
        </p>
      )}
    </>
  );
}
