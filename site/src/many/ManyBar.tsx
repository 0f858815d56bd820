/** What can be done with all photographs that are selected, and how far it is. */
import { Download, Globe, Lock, RefreshCw, Tag, Trash2, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { WHAT_PUBLIC_MEANS } from "../parts/public.ts";
import { useServices } from "../services.ts";
import { isTyped } from "../ui/keys.ts";
import { countText } from "../ui/text.ts";
import { download } from "./download.ts";
import { deletion, publication, reprocessing, start, takingBack } from "./jobs.ts";
import { Question } from "./Question.tsx";
import { endSelecting, isSelecting, job, selectAllShown, selected } from "./selection.ts";
import { TagDialog } from "./TagDialog.tsx";
import "./many.css";

export { reprocessAllFailed } from "./jobs.ts";

type Asked = "publish" | "tag";

interface Props {
  /** All that the gallery shows. */
  shown: ImageView[];
  /** Where the focus goes when the bar goes. */
  onEnd: () => void;
}

export function ManyBar({ shown, onEnd }: Props) {
  const services = useServices();
  const images = shown.filter(({ imageId }) => selected.value.has(imageId));
  // What is asked about stays the same, whatever happens to the list meanwhile.
  const [asked, setAsked] = useState<{ what: Asked; images: ImageView[] }>();
  const end = () => {
    endSelecting();
    onEnd();
  };
  useKeys(end);
  const ask = (what: Asked) => setAsked({ what, images });
  const close = () => setAsked(undefined);
  return (
    <section class="many-bar" aria-label="Selected photographs">
      {job.value ? (
        <Progress />
      ) : (
        <>
          <div class="many-count">
            <p role="status">
              {images.length === 0
                ? "Select photographs"
                : `${countText(images.length, "photograph")} selected`}
            </p>
            <button type="button" class="button quiet-button" onClick={selectAllShown}>
              All {shown.length}
              <span class="visually-hidden"> that are shown</span>
            </button>
          </div>
          <div class="many-actions">
            <ActionButton
              images={images.filter(({ variants }) => variants.length > 0)}
              icon={<Download aria-hidden="true" size={18} />}
              label="Download"
              onClick={(some) => download(services, some)}
            />
            <ActionButton
              images={images}
              icon={<Tag aria-hidden="true" size={18} />}
              label="Tag"
              onClick={() => ask("tag")}
            />
            <ActionButton
              images={images.filter(publication.isFor)}
              icon={<Globe aria-hidden="true" size={18} />}
              label="Make public"
              onClick={() => ask("publish")}
            />
            <ActionButton
              images={images.filter(takingBack.isFor)}
              icon={<Lock aria-hidden="true" size={18} />}
              label="Take back"
              onClick={(some) => start(services, takingBack, some)}
            />
            <ActionButton
              images={images.filter(reprocessing.isFor)}
              icon={<RefreshCw aria-hidden="true" size={18} />}
              label="Process again"
              onClick={(some) => start(services, reprocessing, some)}
            />
            <ActionButton
              images={images}
              icon={<Trash2 aria-hidden="true" size={18} />}
              label="Delete"
              isDanger
              onClick={(some) => start(services, deletion, some)}
            />
          </div>
          <button type="button" class="icon-button many-end" title="Escape" onClick={end}>
            <X aria-hidden="true" size={20} />
            <span class="visually-hidden">End selection</span>
          </button>
        </>
      )}
      {asked?.what === "publish" && (
        <Question
          title={`Make ${countText(asked.images.filter(publication.isFor).length, "photograph")} public?`}
          confirm="Make public"
          refuse="Not now"
          onConfirm={() => start(services, publication, asked.images)}
          onClose={close}
        >
          {WHAT_PUBLIC_MEANS}
        </Question>
      )}
      {asked?.what === "tag" && <TagDialog images={asked.images} onClose={close} />}
    </section>
  );
}

interface ActionProps {
  /** Those of those that are selected that it makes sense with. */
  images: ImageView[];
  icon: ComponentChildren;
  label: string;
  isDanger?: boolean;
  onClick: (images: ImageView[]) => void;
}

function ActionButton({ images, icon, label, isDanger = false, onClick }: ActionProps) {
  const isOff = images.length === 0;
  const isOfSome = !isOff && images.length < selected.value.size;
  return (
    <button
      type="button"
      class={`button ${isDanger ? "danger" : ""}`}
      aria-disabled={isOff}
      onClick={() => !isOff && onClick(images)}
    >
      {icon}
      <span>
        {label}
        {isOfSome && ` ${images.length}`}
      </span>
    </button>
  );
}

/** Takes the place of the buttons, and the focus with it. */
function Progress() {
  const { doing = "", done = 0, total, stop: stopJob } = job.value ?? {};
  return (
    <div class="many-progress">
      <p>
        {doing}
        {total === undefined
          ? "…"
          : ` ${(Math.min(done + 1, total)).toLocaleString("en")} of ${total.toLocaleString("en")}`}
      </p>
      <progress aria-label={doing} max={total} value={total === undefined ? undefined : done} />
      <button type="button" class="button" onClick={stopJob}>
        Stop
      </button>
    </div>
  );
}

/** Escape ends the selection, and Ctrl+A selects all: not while something is written, or asked. */
function useKeys(end: () => void): void {
  // As soon as it is seen.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isSelecting.value || isTyped(event) || document.querySelector("dialog[open], :popover-open"))
        return;
      if (event.key === "Escape") end();
      if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        selectAllShown();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}
