/** An announced file's address to be sent to. Kept for when sending fails: announcing it again would leave an image without a file. */
import type { Meta, UppyFile } from "@uppy/core";
import type { Api, ImageView, UploadTicket } from "../api/api.ts";

export interface PhotographMeta extends Meta {
  name: string;
  caption?: string;
}

export type Photograph = UppyFile<PhotographMeta, Record<string, never>>;

export interface Tickets {
  for(file: Photograph): Promise<UploadTicket>;
  /** The file was sent. @returns its image, as it is until the API tells more. */
  spend(file: Photograph): ImageView | undefined;
}

/** Time for a large file to be on its way before the address expires. */
const MIN_TIME_LEFT_MS = 60_000;

export function createTickets(api: Api): Tickets {
  const held = new Map<string, { ticket: UploadTicket; texts: string }>();

  return {
    async for(file) {
      const request = requestFor(file);
      const texts = JSON.stringify(request);
      const known = held.get(file.id);
      const timeLeft = known ? Date.parse(known.ticket.expiresAt) - Date.now() : 0;
      if (known?.texts === texts && timeLeft > MIN_TIME_LEFT_MS) return known.ticket;
      const ticket = await api.announce(request);
      held.set(file.id, { ticket, texts });
      return ticket;
    },

    spend(file) {
      const ticket = held.get(file.id)?.ticket;
      held.delete(file.id);
      return ticket && pendingView(ticket, file);
    },
  };
}

/** "Holiday in Bern.JPG" is called "Holiday in Bern" until somebody gives it a better name. */
export function nameFromFile(fileName: string): string {
  const name = fileName.replace(/\.[A-Za-z0-9]{2,5}$/, "").trim();
  return (name || fileName).slice(0, 200);
}

function requestFor({ name: fileName, type, size, meta }: Photograph) {
  const caption = meta.caption?.trim();
  return {
    fileName: fileName.slice(0, 200),
    contentType: type.toLowerCase(),
    bytes: size ?? 0,
    name: meta.name.trim() || nameFromFile(fileName),
    ...(caption && { caption }),
  };
}

function pendingView({ imageId }: UploadTicket, { name, size, meta }: Photograph): ImageView {
  return {
    imageId,
    status: "PENDING",
    name: meta.name.trim() || nameFromFile(name),
    ...(meta.caption?.trim() && { caption: meta.caption.trim() }),
    uploadedAt: new Date().toISOString(),
    // Whatever the API says is newer than this: clocks differ.
    updatedAt: new Date(0).toISOString(),
    original: { ...(size !== null && { bytes: size }) },
    variants: [],
    downloads: { total: 0, byVariant: {} },
    links: { self: `/images/${imageId}`, history: `/images/${imageId}/history` },
  };
}
