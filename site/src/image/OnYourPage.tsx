/** Makes a photograph public, gives what a page needs to show it, and takes it back. */
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { Globe, Lock, X } from "lucide-preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { WHAT_PUBLIC_MEANS } from "../parts/public.ts";
import { useServices } from "../services.ts";
import { imageKey } from "../store/image-store.ts";
import { useModal } from "../ui/modal.ts";
import { Addresses } from "./Addresses.tsx";
import { EmbedCode } from "./EmbedCode.tsx";
import "../parts/dialog.css";
import "./on-your-page.css";

export function OnYourPage({ image, onClose }: { image: ImageView; onClose: () => void }) {
  const { api } = useServices();
  const client = useQueryClient();
  const dialog = useModal();
  const state = useRef<HTMLParagraphElement>(null);
  const titleId = useId();
  const { imageId } = image;
  const isPublic = image.public !== undefined;
  const change = useMutation({
    networkMode: "always",
    mutationFn: async (isWanted: boolean) => {
      await (isWanted ? api.publish(imageId) : api.takeBack(imageId));
      await client.invalidateQueries({ queryKey: imageKey(imageId) });
    },
  });
  const shown = useRef(isPublic);
  useEffect(() => {
    // What was pressed is gone: here it says what has become of it.
    if (shown.current !== isPublic) state.current?.focus();
    shown.current = isPublic;
  }, [isPublic]);

  return (
    <dialog ref={dialog} class="question on-your-page" aria-labelledby={titleId} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={titleId}>Put it on your page</h2>
        <button type="button" class="icon-button" onClick={() => dialog.current?.close()}>
          <X aria-hidden="true" size={22} />
          <span class="visually-hidden">Close</span>
        </button>
      </div>
      <p ref={state} class="public-state" tabIndex={-1}>
        {isPublic ? <Globe aria-hidden="true" size={18} /> : <Lock aria-hidden="true" size={18} />}
        {isPublic
          ? "Public: everybody who has an address of it can see it."
          : "Private: nobody but you can see it, and whom you give a link."}
      </p>
      {image.public && (
        <>
          <EmbedCode image={image} />
          <Addresses addresses={image.public.addresses} />
        </>
      )}
      {change.isError && (
        <p class="problem" role="alert">
          {errorText(change.error)}
        </p>
      )}
      <div class="public-change">
        <p class="quiet">
          {isPublic
            ? "Taken back, it is gone from every page within a minute; whoever has saved it keeps it."
            : WHAT_PUBLIC_MEANS}
        </p>
        <button
          type="button"
          class={`button ${isPublic ? "danger" : "primary"}`}
          aria-disabled={change.isPending}
          onClick={() => !change.isPending && change.mutate(!isPublic)}
        >
          {isPublic
            ? change.isPending
              ? "Taking it back…"
              : "Take it back"
            : change.isPending
              ? "Making it public…"
              : "Make it public"}
        </button>
      </div>
    </dialog>
  );
}
