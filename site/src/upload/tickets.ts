/** Announced files' addresses to be sent to. Kept for when sending fails: announcing a file again would leave an image without one. */
import type { Api, UploadTicket } from "../api/api.ts";
import { type Draft, requestFor } from "./draft.ts";
import type { Unfinished } from "./unfinished.ts";

export interface Tickets {
  for(draft: Draft): Promise<UploadTicket>;
  /** The upload in parts has begun: whoever finds the file cut off can end that. */
  noteParts(draft: Draft, uploadId: string): void;
  /** The file was sent. */
  spend(draftId: string): void;
  /** Nobody knows the announcement any more, or what was sent for it: the next one is a new one. */
  takeBack(draftId: string): void;
  /** The file will not be sent. */
  giveBack(draftId: string): void;
}

/** Time for a large file to be on its way before the address expires. */
const MIN_TIME_LEFT_MS = 60_000;

export function createTickets(api: Pick<Api, "announce" | "remove">, unfinished: Unfinished): Tickets {
  const held = new Map<string, UploadTicket>();
  const givenBack = new Set<string>();

  function spend(draftId: string): UploadTicket | undefined {
    const ticket = held.get(draftId);
    held.delete(draftId);
    unfinished.forget(draftId);
    return ticket;
  }

  function takeBack(draftId: string): void {
    const ticket = spend(draftId);
    // What cannot be taken back goes by itself, later.
    if (ticket) api.remove(ticket.imageId).catch(() => undefined);
  }

  return {
    async for(draft) {
      const known = held.get(draft.id);
      if (known && isGood(known)) return known;
      const noted = notedOf(draft);
      if (known) takeBack(draft.id);
      unfinished.note(noted);
      const ticket = await api.announce(requestFor(draft));
      held.set(draft.id, ticket);
      unfinished.note({ ...noted, imageId: ticket.imageId });
      // It was put away while it was announced.
      if (givenBack.has(draft.id)) takeBack(draft.id);
      return ticket;
    },
    noteParts(draft, uploadId) {
      const ticket = held.get(draft.id);
      if (ticket) unfinished.note({ ...notedOf(draft), imageId: ticket.imageId, uploadId });
    },
    spend: (draftId) => void spend(draftId),
    takeBack,
    giveBack(draftId) {
      givenBack.add(draftId);
      takeBack(draftId);
    },
  };
}

function notedOf({ id, file }: Draft) {
  return { draftId: id, fileName: file.name };
}

/** What is sent in parts has no use for the address: each part has one of its own. */
function isGood({ expiresAt, partBytes }: UploadTicket): boolean {
  return partBytes !== undefined || Date.parse(expiresAt) - Date.now() > MIN_TIME_LEFT_MS;
}
