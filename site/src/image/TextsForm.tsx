import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { TagsInput } from "../parts/TagsInput.tsx";
import { tagsIn } from "../ui/text.ts";
import { MAX_CAPTION_LENGTH, MAX_NAME_LENGTH } from "../upload/draft.ts";

export interface Texts {
  name: string;
  caption: string;
  tags: string[];
}

export function textsOf({ name, caption = "", tags = [] }: ImageView): Texts {
  return { name, caption, tags };
}

interface Props {
  texts: Texts;
  /** Why these texts were refused. */
  error: Error | null;
  onSave: (texts: Texts) => void;
  onCancel: () => void;
}

/** What is written stays, whatever becomes known of the image meanwhile. */
export function TextsForm({ texts, error, onSave, onCancel }: Props) {
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(texts.name);
  const [caption, setCaption] = useState(texts.caption);
  const [tags, setTags] = useState(texts.tags.join(", "));
  useEffect(() => first.current?.select(), []);
  return (
    <form
      class="texts-form"
      aria-label="Name, caption and tags"
      onSubmit={(event) => {
        event.preventDefault();
        onSave({ name: name.trim(), caption: caption.trim(), tags: tagsIn(tags) });
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      }}
    >
      <label for={`${id}-name`}>Name</label>
      <input
        ref={first}
        id={`${id}-name`}
        class="text-field"
        type="text"
        dir="auto"
        maxLength={MAX_NAME_LENGTH}
        placeholder="As its file"
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      <label for={`${id}-caption`}>Caption</label>
      <textarea
        id={`${id}-caption`}
        class="text-field"
        rows={3}
        dir="auto"
        maxLength={MAX_CAPTION_LENGTH}
        value={caption}
        onInput={({ currentTarget }) => setCaption(currentTarget.value)}
      />
      <TagsInput label="Tags" text={tags} onInput={setTags} />
      {error && (
        <p class="problem" role="alert">
          {errorText(error)}
        </p>
      )}
      <div class="buttons">
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" class="button primary">
          Save
        </button>
      </div>
    </form>
  );
}
