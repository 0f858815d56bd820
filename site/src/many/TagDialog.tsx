import { X } from "lucide-preact";
import { useId, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { TagsInput } from "../parts/TagsInput.tsx";
import { useServices } from "../services.ts";
import { useModal } from "../ui/modal.ts";
import { countText, tagsIn } from "../ui/text.ts";
import { start, tagging } from "./jobs.ts";
import "../parts/dialog.css";

/** Gives tags to all, and takes away those that some have. */
export function TagDialog({ images, onClose }: { images: ImageView[]; onClose: () => void }) {
  const services = useServices();
  const dialog = useModal();
  const id = useId();
  const [text, setText] = useState("");
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const present = [...new Set(images.flatMap(({ tags = [] }) => tags))].sort();
  const added = tagsIn(text);
  const isNothing = added.length === 0 && removed.size === 0;
  return (
    <dialog ref={dialog} class="question tag-dialog" aria-labelledby={`${id}-title`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isNothing) return;
          dialog.current?.close();
          start(services, tagging(added, removed), images);
        }}
      >
        <h2 id={`${id}-title`}>Tag {countText(images.length, "photograph")}</h2>
        <TagsInput label="Add" text={text} onInput={setText} />
        {present.length > 0 && (
          <fieldset>
            <legend>Take away</legend>
            {present.map((tag) => (
              <button
                key={tag}
                type="button"
                class="tag"
                aria-pressed={removed.has(tag)}
                onClick={() => setRemoved(toggled(removed, tag))}
              >
                <bdi>{tag}</bdi>
                <X aria-hidden="true" size={14} />
              </button>
            ))}
          </fieldset>
        )}
        <div class="buttons">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="button primary" aria-disabled={isNothing}>
            Save
          </button>
        </div>
      </form>
    </dialog>
  );
}

function toggled(tags: ReadonlySet<string>, tag: string): ReadonlySet<string> {
  const others = new Set(tags);
  if (!others.delete(tag)) others.add(tag);
  return others;
}
