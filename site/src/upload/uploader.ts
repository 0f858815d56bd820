/** Uppy: names and captions, progress bars, retries. Loaded only when somebody has files to send. */
import AwsS3 from "@uppy/aws-s3";
import { Uppy } from "@uppy/core";
import Dashboard from "@uppy/dashboard";
import type { Api, ImageView } from "../api/api.ts";
import type { Config } from "../config.ts";
import { bytesText } from "../ui/text.ts";
import { acceptedNames, acceptedTypes } from "./accepted.ts";
import { createTickets, nameFromFile, type PhotographMeta } from "./tickets.ts";
import { coreTexts, DASHBOARD_TEXTS, META_FIELDS, NAME_FIELD_ID } from "./uploader-texts.ts";
import "@uppy/core/css/style.min.css";
import "@uppy/dashboard/css/style.min.css";
import "./uploader.css";

type UploadDashboard = Dashboard<PhotographMeta, Record<string, never>>;

export interface Uploader {
  element: HTMLElement;
  /** To be called when it has come onto the page. */
  focus(): void;
  /** @returns how many of the files can be sent; why others cannot is told. */
  add(files: File[]): number;
  hasFiles(): boolean;
}

export interface UploadProgress {
  /** Names of the files that were chosen, and are not sent yet. */
  unsent: string[];
  isSending: boolean;
}

export interface UploadEvents {
  onSent(image: ImageView): void;
  onAllSent(count: number): void;
  onProblem(sentence: string): void;
}

interface Events extends UploadEvents {
  onChange(progress: UploadProgress): void;
}

export function createUploader(api: Api, config: Config, events: Events): Uploader {
  const element = document.createElement("div");
  element.className = "uploader";
  element.tabIndex = -1;

  // What is typed while a file is edited replaces its name.
  const focusName = () => {
    const name = element.querySelector<HTMLInputElement>(`#${NAME_FIELD_ID}`);
    name?.focus({ preventScroll: true });
    name?.select();
    return name !== null;
  };
  keepListRole(element);
  whenThere(element, `#${NAME_FIELD_ID}`, focusName);

  const uppy = new Uppy<PhotographMeta, Record<string, never>>({
    restrictions: { maxFileSize: config.maxBytes, minFileSize: 1, allowedFileTypes: acceptedTypes(config) },
    locale: coreTexts(acceptedNames(config, "and")),
    onBeforeFileAdded: (file, files) =>
      Object.hasOwn(files, file.id)
        ? false
        : { ...file, meta: { ...file.meta, name: nameFromFile(file.name ?? "") } },
  });
  const tickets = createTickets(api);

  uppy.use(Dashboard, {
    inline: true,
    target: element,
    width: "100%",
    height: "min(34rem, 80vh)",
    singleFileFullScreen: false,
    theme: "auto",
    metaFields: META_FIELDS,
    note: `${acceptedNames(config, "or")}, up to ${bytesText(config.maxBytes)} each`,
    // One PUT cannot be paused, only sent again.
    hidePauseResumeButton: true,
    hideProgressDetails: false,
    proudlyDisplayPoweredByUppy: false,
    autoOpen: "metaEditor",
    doneButtonHandler: () => uppy.clear(),
    locale: DASHBOARD_TEXTS,
  });
  uppy.use(AwsS3, {
    shouldUseMultipart: false,
    limit: 4,
    // Not a key of the bucket: the API chooses that. It tells which file a signature is asked for.
    generateObjectKey: (file) => file.id,
    signRequest: async ({ key }) => {
      const { uploadUrl, headers } = await tickets.for(uppy.getFile(key));
      return { url: uploadUrl, headers };
    },
  });

  function tell(): void {
    const unsent = uppy.getFiles().filter(({ progress }) => !progress.uploadComplete);
    events.onChange({
      unsent: unsent.map(({ meta }) => meta.name),
      isSending: unsent.some(({ progress, error }) => progress.uploadStarted && !error),
    });
  }

  uppy.on("upload-success", (file) => {
    if (!file) return;
    const pending = tickets.spend(file);
    if (pending) events.onSent(pending);
  });
  uppy.on("complete", ({ successful }) => {
    const sent = (successful ?? []).map(({ id }) => id).filter((id) => uppy.getFile(id));
    // What went wrong, or was added meanwhile, stays.
    uppy.removeFiles(sent);
    if (sent.length > 0) events.onAllSent(sent.length);
  });
  uppy.on("file-removed", ({ id }) => {
    // The uploader fails when the file whose name is being edited is gone.
    const dashboard = uppy.getPlugin<UploadDashboard>("Dashboard");
    if (dashboard?.getPluginState().fileCardFor === id) dashboard.hideAllPanels();
  });
  // What was cut off goes on by itself.
  addEventListener("online", () => {
    if (uppy.getFiles().some(({ error }) => error)) uppy.retryAll();
  });
  uppy.on("state-update", () => queueMicrotask(tell));
  uppy.on("restriction-failed", (_file, error) => {
    // Without a file to show, the panel does not open, and its own message is not seen.
    if (uppy.getFiles().length === 0) events.onProblem(error.message);
  });

  return {
    element,
    focus: () => focusName() || element.focus({ preventScroll: true }),
    hasFiles: () => uppy.getFiles().length > 0,
    add(files) {
      const before = uppy.getFiles().length;
      // Many files are looked over first; a single one is named at once.
      uppy.getPlugin<UploadDashboard>("Dashboard")?.setOptions({
        autoOpen: before + files.length === 1 ? "metaEditor" : null,
      });
      try {
        uppy.addFiles(
          files.map((file) => ({ name: file.name, type: file.type, data: file, source: "page" })),
        );
      } catch {
        // Each file that cannot be sent has been told: "restriction-failed".
      }
      // The page has said why; the panel is not to say it again when it opens for other files.
      if (uppy.getFiles().length === 0) uppy.setState({ info: [] });
      return uppy.getFiles().length - before;
    },
  };
}

/** Uppy's list of one file is no list, although the file says that it is in one. Screen readers need both. */
function keepListRole(element: HTMLElement): void {
  new MutationObserver(() => {
    element.querySelector(".uppy-Dashboard-files:not([role])")?.setAttribute("role", "list");
  }).observe(element, { childList: true, subtree: true });
}

/** Uppy focuses what is edited a quarter of a second later, when somebody may be typing elsewhere already. */
function whenThere(element: HTMLElement, selector: string, act: () => void): void {
  let known: Element | null = null;
  new MutationObserver(() => {
    const found = element.querySelector(selector);
    if (found && found !== known) act();
    known = found;
  }).observe(element, { childList: true, subtree: true });
}
