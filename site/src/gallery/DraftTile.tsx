/** A photograph that was chosen: named here, and then followed while it is sent. */
import { RotateCcw, X } from "lucide-preact";
import { useId } from "preact/hooks";
import { Preview } from "../parts/Picture.tsx";
import { useServices } from "../services.ts";
import { type Draft, MAX_CAPTION_LENGTH, MAX_NAME_LENGTH } from "../upload/draft.ts";
import { focusChoose, SEND_FORM_ID } from "./AddBar.tsx";
import "./drafts.css";

export function DraftTile({ draft }: { draft: Draft }) {
  const { uploads } = useServices();
  const { id, name, status } = draft;
  const isChosen = status === "chosen";
  return (
    <li class="tile draft">
      <div class="tile-picture">
        <Preview url={draft.previewUrl} />
        {status === "sending" && <SentPart draft={draft} />}
        <button
          type="button"
          class="icon-button put-away"
          onClick={() => {
            focusChoose();
            uploads.discard([id]);
          }}
        >
          <X aria-hidden="true" size={18} />
          <span class="visually-hidden">
            {isChosen ? "Remove" : "Cancel"} {name}
          </span>
        </button>
      </div>
      {isChosen ? <Texts draft={draft} /> : <bdi class="tile-name">{name}</bdi>}
      {status === "waiting" && <p class="tile-note">waits to be sent</p>}
      {status === "sending" && <p class="tile-note">{Math.floor(draft.sentPart * 100)} % sent</p>}
      {status === "failed" && (
        <>
          <p class="tile-note problem-text">{draft.problem}</p>
          <button type="button" class="button small" onClick={() => uploads.send([id])}>
            <RotateCcw aria-hidden="true" size={16} />
            Try again
          </button>
        </>
      )}
    </li>
  );
}

function SentPart({ draft: { name, sentPart } }: { draft: Draft }) {
  return <progress class="sent-part" aria-label={`${name}, sent`} value={sentPart} max={1} />;
}

/** Whatever is typed is kept at once. Enter sends all. */
function Texts({ draft: { id, name, caption } }: { draft: Draft }) {
  const { uploads } = useServices();
  const nameId = useId();
  const captionId = useId();
  return (
    <div class="texts">
      <label for={nameId} class="visually-hidden">
        Name
      </label>
      <input
        id={nameId}
        class="text-field name-field"
        form={SEND_FORM_ID}
        type="text"
        dir="auto"
        maxLength={MAX_NAME_LENGTH}
        placeholder="Name"
        value={name}
        onInput={({ currentTarget }) => uploads.describe(id, { name: currentTarget.value })}
      />
      <label for={captionId} class="visually-hidden">
        Caption
      </label>
      <textarea
        id={captionId}
        class="text-field"
        rows={2}
        dir="auto"
        maxLength={MAX_CAPTION_LENGTH}
        placeholder="Caption"
        value={caption}
        onInput={({ currentTarget }) => uploads.describe(id, { caption: currentTarget.value })}
      />
    </div>
  );
}
