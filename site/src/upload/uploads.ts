/** Sending files, as the page sees it. What does it is large, and is loaded when somebody has files to send. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/api.ts";
import type { Config } from "../config.ts";
import type { UploadEvents, Uploader, UploadProgress } from "./uploader.ts";

interface UploadsState extends UploadProgress {
  panel: "closed" | "opening" | "open";
}

export interface Uploads {
  state: ReadonlySignal<UploadsState>;
  /** Where files are named and followed while they are sent; there once the panel is open. */
  element(): HTMLElement | undefined;
  focus(): void;
  add(files: File[]): Promise<void>;
  /** Somebody is about to send files. */
  prepare(): void;
}

export function createUploads(api: Api, config: Config, events: UploadEvents): Uploads {
  const state = signal<UploadsState>({ panel: "closed", unsent: [], isSending: false });
  let loading: Promise<Uploader> | undefined;
  let uploader: Uploader | undefined;

  async function load(): Promise<Uploader> {
    const { createUploader } = await import("./uploader.ts");
    uploader = createUploader(api, config, {
      ...events,
      onChange: ({ unsent, isSending }) => {
        const { panel } = state.value;
        state.value = {
          panel: unsent.length === 0 && panel === "open" ? "closed" : panel,
          unsent,
          isSending,
        };
      },
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

  function show(panel: UploadsState["panel"]): void {
    state.value = { ...state.value, panel };
  }

  addEventListener("beforeunload", (event) => {
    if (state.value.isSending) event.preventDefault();
  });

  return {
    state,
    element: () => uploader?.element,
    focus: () => uploader?.focus(),
    prepare: () => void loaded().catch(() => undefined),

    async add(files) {
      if (files.length === 0) return;
      if (state.value.panel === "closed") show("opening");
      try {
        const ready = await loaded();
        const added = ready.add(files);
        show(added > 0 || ready.hasFiles() ? "open" : "closed");
      } catch (error) {
        console.warn("The uploader was not loaded.", error);
        show("closed");
        events.onProblem("The uploader cannot be loaded. Check your connection, and choose the files again.");
      }
    },
  };
}
