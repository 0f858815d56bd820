/** Sending files, as the page sees it. What does it is large, and is loaded when somebody has files to send. */
import type { Api, ImageView } from "../api/api.ts";
import { createStore, type Store } from "../ui/store.ts";
import type { Uploader } from "./uploader.ts";

export interface UploadsState {
  panel: "closed" | "opening" | "open";
  /** Names of the files that were chosen, and are not sent yet. */
  unsent: string[];
  isSending: boolean;
}

export interface Uploads {
  state: Store<UploadsState>;
  /** Where files are named and followed while they are sent; there once the panel is open. */
  element(): HTMLElement | undefined;
  focus(): void;
  add(files: File[]): Promise<void>;
  /** Somebody is about to send files. */
  prepare(): void;
}

export interface UploadEvents {
  onSent(image: ImageView): void;
  onAllSent(count: number): void;
  onProblem(sentence: string): void;
}

export function createUploads(api: Api, maxBytes: number, events: UploadEvents): Uploads {
  const state = createStore<UploadsState>({ panel: "closed", unsent: [], isSending: false });
  let loading: Promise<Uploader> | undefined;
  let uploader: Uploader | undefined;

  async function load(): Promise<Uploader> {
    const { createUploader } = await import("./uploader.ts");
    uploader = createUploader(api, maxBytes, {
      ...events,
      onChange: ({ unsent, isSending }) =>
        state.set(({ panel }) => ({
          panel: unsent.length === 0 && panel === "open" ? "closed" : panel,
          unsent,
          isSending,
        })),
    });
    return uploader;
  }

  function loaded(): Promise<Uploader> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  addEventListener("beforeunload", (event) => {
    if (state.get().isSending) event.preventDefault();
  });

  return {
    state,
    element: () => uploader?.element,
    focus: () => uploader?.focus(),
    prepare: () => void loaded().catch(() => undefined),

    async add(files) {
      if (files.length === 0) return;
      if (state.get().panel === "closed") state.set((before) => ({ ...before, panel: "opening" }));
      try {
        const ready = await loaded();
        const added = ready.add(files);
        state.set((before) => ({ ...before, panel: added > 0 || ready.hasFiles() ? "open" : "closed" }));
      } catch (error) {
        console.warn("The uploader was not loaded.", error);
        state.set((before) => ({ ...before, panel: "closed" }));
        events.onProblem("The uploader cannot be loaded. Check your connection, and choose the files again.");
      }
    },
  };
}
