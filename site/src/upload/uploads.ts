/** Sending files: from when they are chosen until their images are known. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import type { Config } from "../config.ts";
import { MOST_AT_ONCE } from "./at-once.ts";
import { createDraft, type Draft, refusalOf } from "./draft.ts";
import { createTransfers, type TransferApi } from "./transfers.ts";
import { createUnfinished, type Unfinished } from "./unfinished.ts";

export interface Uploads {
  /** Oldest first. */
  drafts: ReadonlySignal<readonly Draft[]>;
  /** Names of files whose sending was cut off when a page was left. */
  cutOff: ReadonlySignal<readonly string[]>;
  add(files: File[]): void;
  describe(id: string, texts: Partial<Pick<Draft, "name" | "caption">>): void;
  /** All that were chosen, or have failed; or these. */
  send(ids?: string[]): void;
  /** Wherever they are: what was announced is taken back. */
  discard(ids: string[]): void;
  /** What the person sees of an image that has no variants yet. */
  previewOf(imageId: string): string | undefined;
  forgetPreview(imageId: string): void;
  /** Takes back what pages have left behind that are not there any more. */
  clearCutOff(): Promise<void>;
  dismissCutOff(): void;
}

export interface UploadEvents {
  onSent(image: ImageView): void;
  onAllSent(count: number): void;
  onProblem(sentence: string): void;
}

export function createUploads(
  api: TransferApi,
  config: Config,
  userId: () => string,
  events: UploadEvents,
  unfinished: Unfinished = createUnfinished(userId),
): Uploads {
  const drafts = signal<readonly Draft[]>([]);
  const cutOff = signal<readonly string[]>([]);
  const transfers = createTransfers(api, unfinished);
  const aborts = new Map<string, AbortController>();
  const previews = new Map<string, string>();
  let sentTogether = 0;

  function change(id: string, changed: Partial<Draft>): void {
    drafts.value = drafts.value.map((draft) => (draft.id === id ? { ...draft, ...changed } : draft));
  }

  const isUnderWay = ({ status }: Draft) => status === "sending" || status === "waiting";

  async function sendOne(draft: Draft): Promise<void> {
    const abort = new AbortController();
    aborts.set(draft.id, abort);
    try {
      const onChange = (changed: Partial<Draft>) => change(draft.id, changed);
      const imageId = await transfers.send(draft, { onChange, signal: abort.signal });
      previews.set(imageId, draft.previewUrl);
      drafts.value = drafts.value.filter(({ id }) => id !== draft.id);
      sentTogether += 1;
      events.onSent(pendingView(imageId, draft));
    } catch (error) {
      // Whoever aborts it has put the draft away already.
      if (!abort.signal.aborted) change(draft.id, { status: "failed", problem: errorText(error) });
    } finally {
      aborts.delete(draft.id);
    }
    sendNext();
  }

  function sendNext(): void {
    const next = drafts.value.find(({ id, status }) => status === "waiting" && !aborts.has(id));
    if (next && aborts.size < MOST_AT_ONCE) {
      sendOne(next);
      sendNext();
    }
    if (drafts.value.some(isUnderWay) || sentTogether === 0) return;
    events.onAllSent(sentTogether);
    sentTogether = 0;
  }

  addEventListener("beforeunload", (event) => {
    if (drafts.value.some(({ status }) => status !== "chosen")) event.preventDefault();
  });

  return {
    drafts,
    cutOff,

    add(files) {
      const isKnown = (file: File) =>
        drafts.value.some(
          ({ file: known }) =>
            known.name === file.name && known.size === file.size && known.lastModified === file.lastModified,
        );
      for (const file of files) {
        if (isKnown(file)) continue;
        const again = cutOff.value.indexOf(file.name);
        if (again >= 0) cutOff.value = cutOff.value.toSpliced(again, 1);
        const refusal = refusalOf(file, config);
        if (refusal === undefined) drafts.value = [...drafts.value, createDraft(file)];
        else events.onProblem(refusal);
      }
    },

    describe: change,

    send(ids) {
      drafts.value = drafts.value.map((draft) => {
        const { problem: _, ...rest } = draft;
        const isMeant = ids === undefined || ids.includes(draft.id);
        if (!isMeant || isUnderWay(draft)) return draft;
        unfinished.note({ draftId: draft.id, fileName: draft.file.name });
        return { ...rest, status: "waiting", sentPart: 0 };
      });
      sendNext();
    },

    discard(ids) {
      for (const id of ids) {
        const draft = drafts.value.find((one) => one.id === id);
        if (!draft) continue;
        drafts.value = drafts.value.filter((one) => one !== draft);
        URL.revokeObjectURL(draft.previewUrl);
        aborts.get(id)?.abort();
        transfers.giveUp(id);
      }
      sendNext();
    },

    previewOf: (imageId) => previews.get(imageId),

    forgetPreview(imageId) {
      const preview = previews.get(imageId);
      if (preview === undefined) return;
      previews.delete(imageId);
      URL.revokeObjectURL(preview);
    },

    async clearCutOff() {
      const files = await unfinished.takeCutOff();
      if (files.length === 0) return;
      await Promise.allSettled(files.map(transfers.clear));
      cutOff.value = files.map(({ fileName }) => fileName);
    },

    dismissCutOff() {
      cutOff.value = [];
    },
  };
}

/** An image, as it is until the API tells more. */
function pendingView(imageId: string, { file, name, caption }: Draft): ImageView {
  return {
    imageId,
    status: "PENDING",
    name: name.trim() || file.name,
    ...(caption.trim() && { caption: caption.trim() }),
    uploadedAt: new Date().toISOString(),
    // Whatever the API says is newer than this: clocks differ.
    updatedAt: new Date(0).toISOString(),
    original: { bytes: file.size },
    variants: [],
    downloads: { total: 0, byVariant: {} },
    links: { self: `/images/${imageId}`, history: `/images/${imageId}/history` },
  };
}
