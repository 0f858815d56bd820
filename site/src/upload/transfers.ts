/** Files on their way: announced, sent at once or in parts, and tried again when the network was away. */
import type { Api } from "../api/api.ts";
import { isGone, Problem, Unreachable } from "../api/problem.ts";
import { untilOnline } from "../ui/online.tsx";
import type { Draft } from "./draft.ts";
import type { PartsApi, PartsUpload } from "./parts.ts";
import { put } from "./put.ts";
import { createTickets } from "./tickets.ts";
import type { Unfinished, UnfinishedFile } from "./unfinished.ts";

export type TransferApi = Pick<Api, "announce" | "remove"> & PartsApi;

export interface Transfers {
  /** @returns the image's id. @throws Unreachable, Problem, SessionEnded; the signal's reason once it is aborted. */
  send(draft: Draft, options: TransferOptions): Promise<string>;
  /** The file will not be sent: what was announced is taken back, and no part of it is kept. */
  giveUp(draftId: string): void;
  /** The same for a file of a page that is not there any more. */
  clear(file: UnfinishedFile): Promise<void>;
}

export interface TransferOptions {
  onChange: (changed: Partial<Pick<Draft, "status" | "sentPart">>) => void;
  signal: AbortSignal;
}

/** Of tries in a row that bring nothing, although the page is online. */
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 1000;

export function createTransfers(
  api: TransferApi,
  unfinished: Unfinished,
  wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
): Transfers {
  const tickets = createTickets(api, unfinished);
  /** Of drafts. Kept for when sending fails: what has arrived of a file need not be sent again. */
  const inParts = new Map<string, PartsUpload>();
  const arrivedShare = ({ id }: Draft) => inParts.get(id)?.arrivedShare() ?? 0;

  async function sendOnce(draft: Draft, { onChange, signal }: TransferOptions): Promise<string> {
    const ticket = await tickets.for(draft);
    const { imageId, partBytes } = ticket;
    const onProgress = (sentPart: number) => onChange({ sentPart });
    if (partBytes === undefined) {
      await put(ticket.uploadUrl, draft.file, { headers: ticket.headers, onProgress, signal });
    } else {
      const { createPartsUpload } = await loadParts();
      signal.throwIfAborted();
      const onBegun = (uploadId: string) => tickets.noteParts(draft, uploadId);
      const upload =
        inParts.get(draft.id) ?? createPartsUpload(api, { imageId, file: draft.file, partBytes, onBegun });
      inParts.set(draft.id, upload);
      await upload.send({ onProgress, signal });
    }
    tickets.spend(draft.id);
    inParts.delete(draft.id);
    return imageId;
  }

  return {
    async send(draft, options) {
      const { onChange, signal } = options;
      let isAnew = false;
      for (let tries = 1; ; tries++) {
        const before = arrivedShare(draft);
        try {
          await untilOnline();
          signal.throwIfAborted();
          onChange({ status: "sending", sentPart: before });
          return await sendOnce(draft, options);
        } catch (error) {
          if (signal.aborted) throw error;
          const isLost = inParts.has(draft.id) && isGone(error);
          if (isLost && !isAnew) {
            isAnew = true;
            inParts.delete(draft.id);
            tickets.takeBack(draft.id);
            continue;
          }
          if (arrivedShare(draft) > before) tries = 1;
          // Each request of an upload in parts may be sent again, with a signature that is not over; and any whose forerunner S3 is not done with.
          const isWorthIt =
            error instanceof Unreachable ||
            (error instanceof Problem && (inParts.has(draft.id) || error.status === 409));
          if (!isWorthIt || isLost || tries === MOST_TRIES) throw error;
          onChange({ status: "waiting" });
          await wait(FIRST_PAUSE_MS * 2 ** (tries - 1));
        }
      }
    },

    giveUp(draftId) {
      // What cannot be ended goes by itself, later.
      inParts
        .get(draftId)
        ?.end()
        .catch(() => undefined);
      inParts.delete(draftId);
      tickets.giveBack(draftId);
    },

    async clear({ imageId, uploadId }) {
      if (imageId === undefined) return;
      const ended = uploadId && loadParts().then(({ endUpload }) => endUpload(api, imageId, uploadId));
      await Promise.allSettled([ended, api.remove(imageId)]);
    },
  };
}

/** By whoever sends a large file. */
function loadParts() {
  return import("./parts.ts").catch((error: unknown) => {
    throw new Unreachable(error);
  });
}
