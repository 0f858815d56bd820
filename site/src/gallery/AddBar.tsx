/** Where files are chosen, and sent. Large as long as there is nothing else to see. */
import { ImagePlus, ImageUp } from "lucide-preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useServices } from "../services.ts";
import { useLoaded } from "../ui/loaded.ts";
import { useIsOnline } from "../ui/online.tsx";
import { bytesText, countText } from "../ui/text.ts";
import { acceptedNames, acceptedTypes } from "../upload/accepted.ts";
import "./add-bar.css";

/** What the fields of the tiles belong to. */
export const SEND_FORM_ID = "send";

export function AddBar({ isLarge }: { isLarge: boolean }) {
  const { uploads, config } = useServices();
  const drafts = uploads.drafts.value;
  const cutOff = uploads.cutOff.value;
  useFocusOnNew(drafts.length);
  const chosen = drafts.filter(({ status }) => status === "chosen").length;
  const isSending = drafts.some(({ status }) => status === "sending" || status === "waiting");
  return (
    <section class={`add ${isLarge && drafts.length === 0 ? "large" : "bar"}`} aria-labelledby="add-title">
      <form
        id={SEND_FORM_ID}
        class="add-form"
        onSubmit={(event) => {
          event.preventDefault();
          // The button that was pressed goes with what it did.
          focusChoose();
          uploads.send();
        }}
      >
        <ImageUp class="drop-icon" aria-hidden="true" size={isLarge ? 36 : 24} strokeWidth={1.5} />
        <div class="add-text">
          <h2 id="add-title" tabIndex={-1}>
            {drafts.length === 0 ? "Drop photographs here" : <SendingText />}
          </h2>
          <p class={drafts.length === 0 ? "quiet" : "visually-hidden"} id="add-note">
            or paste them. {acceptedNames(config, "or")}, up to {bytesText(config.maxBytes)} each.
          </p>
        </div>
        <div class="add-buttons">
          {drafts.length > 0 && (
            <button
              type="button"
              class="button"
              onClick={() => {
                focusChoose();
                uploads.discard(drafts.map(({ id }) => id));
              }}
            >
              Cancel
            </button>
          )}
          <ChooseButton isPrimary={chosen === 0} />
          {chosen > 0 && (
            <button type="submit" class="button primary">
              {isSending
                ? `Send ${countText(chosen, "more", "more")}`
                : `Send ${countText(chosen, "photograph")}`}
            </button>
          )}
        </div>
      </form>
      {cutOff.length > 0 && <LoadedCutOff names={cutOff} />}
    </section>
  );
}

/** Where the focus goes when what had it goes. */
export function focusChoose(): void {
  document.querySelector<HTMLElement>(".choose")?.focus({ preventScroll: true });
}

/** Who has just chosen files names them next, or sends them. */
function useFocusOnNew(count: number): void {
  const before = useRef(count);
  useLayoutEffect(() => {
    const added = count - before.current;
    before.current = count;
    if (added <= 0) return;
    const names = document.querySelectorAll<HTMLInputElement>(".draft .name-field");
    const last = names[names.length - 1];
    if (added === 1) last?.select();
    else
      document.querySelector<HTMLElement>(`#${SEND_FORM_ID} [type=submit]`)?.focus({ preventScroll: true });
  }, [count]);
}

function SendingText() {
  const drafts = useServices().uploads.drafts.value;
  const isOnline = useIsOnline();
  const count = (status: string) => drafts.filter((draft) => draft.status === status).length;
  const waiting = count("waiting") + count("sending");
  const photographs = countText(drafts.length, "photograph");
  if (waiting > 0 && !isOnline)
    return <>{countText(waiting, "photograph waits", "photographs wait")} until you are online</>;
  if (waiting > 0) return <>Sending {countText(waiting, "photograph")}</>;
  if (count("failed") === drafts.length) return <>{photographs} could not be sent</>;
  return <>{photographs} to send</>;
}

function ChooseButton({ isPrimary }: { isPrimary: boolean }) {
  const { uploads, config } = useServices();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class={`button choose ${isPrimary ? "primary" : ""}`}
        aria-describedby="add-note"
        onClick={() => input.current?.click()}
      >
        <ImagePlus aria-hidden="true" size={18} />
        Choose photographs
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
    </>
  );
}

const loadCutOff = () => import("./CutOff.tsx");

function LoadedCutOff({ names }: { names: readonly string[] }) {
  const part = useLoaded(loadCutOff);
  return part ? <part.CutOff names={names} /> : null;
}
