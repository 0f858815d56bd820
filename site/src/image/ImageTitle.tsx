/** What an image is called, says and is found by: shown, and changed in place. */
import { useMutation } from "@tanstack/preact-query";
import { Pencil } from "lucide-preact";
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { StatusBadge } from "../parts/Progress.tsx";
import { viewAddress } from "../parts/view-address.ts";
import { useServices } from "../services.ts";
import { EVERYTHING } from "../store/lists.ts";
import { isolated, shownName } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";
import { type Texts, TextsForm, textsOf } from "./TextsForm.tsx";

interface Props {
  image: ImageView;
  /** Of the page, for its heading. */
  heading: RefObject<HTMLHeadingElement>;
}

export function ImageTitle({ image, heading }: Props) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const edit = useEdit(image, () => setOpen(true));
  // What was written is seen at once. Once it is answered, the image itself has it, or has not.
  const shown = edit.isPending ? { ...image, ...edit.variables } : image;
  const { tags = [] } = shown;
  const close = () => {
    setOpen(false);
    // It is shown with the next frame, in the form's place.
    requestAnimationFrame(() => button.current?.focus({ preventScroll: true }));
  };
  return (
    <div class="image-title">
      <h1 ref={heading} tabIndex={-1} class={isOpen ? "visually-hidden" : ""}>
        <bdi>{shownName(shown)}</bdi>
      </h1>
      {isOpen ? (
        <TextsForm
          texts={(edit.isError && edit.variables) || textsOf(shown)}
          error={edit.error}
          onSave={(texts) => {
            edit.mutate(texts);
            close();
          }}
          onCancel={() => {
            edit.reset();
            close();
          }}
        />
      ) : (
        <>
          <StatusBadge status={image.status} />
          <button ref={button} type="button" class="button quiet-button" onClick={() => setOpen(true)}>
            <Pencil aria-hidden="true" size={16} />
            Edit<span class="visually-hidden"> name, caption and tags</span>
          </button>
          {shown.caption && (
            <p id="caption" class="caption" dir="auto">
              {shown.caption}
            </p>
          )}
          {tags.length > 0 && <Tags tags={tags} />}
        </>
      )}
    </div>
  );
}

function Tags({ tags }: { tags: string[] }) {
  return (
    <ul class="tags" aria-label="Tags">
      {tags.map((tag) => (
        <li key={tag}>
          <a class="tag" href={viewAddress({ ...EVERYTHING, tag })}>
            <bdi>{tag}</bdi>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** @param onRefused is called while the image is still shown; whoever has left is told. */
function useEdit(image: ImageView, onRefused: () => void) {
  const { api, images } = useServices();
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  return useMutation({
    networkMode: "always",
    mutationFn: ({ name, caption, tags }: Texts) =>
      // Without a name of its own, an image is called as its file.
      api.edit(image.imageId, { name: name || null, caption: caption || null, tags }),
    onSuccess: ({ imageId, name, caption, tags }) => {
      images.amend(imageId, { name, caption, tags });
      say("Saved.", "announcement");
    },
    onError: (error) => {
      if (isShown.current) onRefused();
      else say(`“${isolated(shownName(image))}” was not changed. ${errorText(error)}`, "problem");
    },
  });
}
