import { ImageUp } from "lucide-preact";
import type { Ref } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useServices } from "../services.ts";
import { bytesText } from "../ui/text.ts";
import { acceptedNames, acceptedTypes } from "../upload/accepted.ts";
import "./add-photographs.css";

/** Where files are chosen; once there are some, the uploader takes its place. */
export function AddPhotographs() {
  const { panel } = useServices().uploads.state.value;
  const chooseButton = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    // The panel takes the focus with it when it goes.
    if (wasOpen.current && panel === "closed" && document.activeElement === document.body)
      chooseButton.current?.focus({ preventScroll: true });
    wasOpen.current = panel === "open";
  }, [panel]);
  return (
    <section class="add" aria-labelledby="add-title">
      <h2 id="add-title" class="visually-hidden">
        Add photographs
      </h2>
      {panel === "open" ? (
        <UploaderPanel />
      ) : (
        <DropTarget isOpening={panel === "opening"} chooseButton={chooseButton} />
      )}
    </section>
  );
}

interface DropTargetProps {
  isOpening: boolean;
  chooseButton: Ref<HTMLButtonElement>;
}

function DropTarget({ isOpening, chooseButton }: DropTargetProps) {
  const { uploads, config } = useServices();
  const input = useRef<HTMLInputElement>(null);
  return (
    // Files that are dropped here are taken by the page, as anywhere on it.
    <div class="drop-target" onPointerEnter={uploads.prepare} onFocusCapture={uploads.prepare}>
      <ImageUp class="drop-icon" aria-hidden="true" size={36} strokeWidth={1.5} />
      <p class="drop-title">Drop photographs here</p>
      <p class="quiet" id="add-note">
        or paste them. {acceptedNames(config, "or")}, up to {bytesText(config.maxBytes)} each.
      </p>
      <button
        ref={chooseButton}
        type="button"
        class="button primary"
        aria-describedby="add-note"
        aria-disabled={isOpening}
        onClick={() => input.current?.click()}
      >
        {isOpening ? "Getting ready…" : "Choose photographs"}
      </button>
      <input
        ref={input}
        type="file"
        accept={acceptedTypes(config).join(",")}
        multiple
        hidden
        onChange={({ currentTarget }) => {
          uploads.add([...(currentTarget.files ?? [])]);
          // So that the same file can be chosen again.
          currentTarget.value = "";
        }}
      />
    </div>
  );
}

/** The uploader has an element of its own, so that it goes on while another page is looked at. */
function UploaderPanel() {
  const { uploads } = useServices();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = uploads.element();
    if (!element || !place.current) return;
    place.current.append(element);
    uploads.focus();
    element.scrollIntoView({ block: "nearest" });
    return () => element.remove();
  }, [uploads]);
  return <div ref={place} />;
}
