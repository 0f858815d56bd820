/** The REST API's routes as functions: docs/api.md says what they do. */
import type {
  Changes,
  EmbedView,
  ImageChange,
  ImageView,
  PublicView,
  Step,
} from "../../../functions/api/contract.ts";
import type { LinkKeeper } from "./links.ts";
import type { Send } from "./send.ts";

export type Status = ImageView["status"];
export type Variant = ImageView["variants"][number];
export type { Changes, EmbedView, ImageChange, ImageView, Step };

export interface Listing {
  images: ImageView[];
  nextCursor?: string;
}

export interface History {
  status: string;
  startedAt: string;
  endedAt?: string;
  steps: Step[];
}

export interface UploadRequest {
  fileName: string;
  contentType: string;
  bytes: number;
  name?: string;
  caption?: string;
  inParts?: boolean;
}

export interface UploadTicket {
  imageId: string;
  uploadUrl: string;
  headers: Record<string, string>;
  expiresAt: string;
  /** Where it may be sent in parts: what each has but the last. */
  partBytes?: number;
}

/** One of the requests to S3 by which a file is sent in parts. */
export interface PartsRequest {
  method: "POST" | "PUT" | "GET" | "DELETE";
  uploadId?: string;
  partNumber?: number;
}

export interface SignedRequest {
  url: string;
  headers: Record<string, string>;
}

/** What is to be changed; null takes it away. */
export interface ImageEdit {
  name?: string | null;
  caption?: string | null;
  tags?: string[] | null;
  /** As "0.5,0.2": fractions of the upright picture's width and height, from its top left. */
  focus?: string | null;
  /** At once, so that another focus is seen. */
  reprocess?: boolean;
  /** When it goes by itself. */
  expiresAt?: string | null;
  expiresInSeconds?: number;
}

export type Edited = Pick<ImageView, "imageId" | "status" | "name" | "caption"> & { tags: string[] };

export type Sort = "newest" | "oldest" | "name";

/** What somebody has used, and may. */
export interface Use {
  used: number;
  quota?: number;
}

export interface Me {
  images: Use;
  changes: Use;
  bytes: Use;
  newDayAt: string;
  isOperator: boolean;
}

export interface ListOptions {
  status?: Status | undefined;
  sort?: Sort;
  search?: string;
  tag?: string;
  cursor?: string | undefined;
  limit?: number;
}

export type Api = ReturnType<typeof createApi>;

/** Lists show tiles: twice the pixels of the widest of them. */
const TILE_PIXELS = 640;

export function createApi(send: Send, links: LinkKeeper) {
  return {
    async list(
      { status, sort, search, tag, cursor, limit = 24 }: ListOptions,
      signal?: AbortSignal,
    ): Promise<Listing> {
      const query = new URLSearchParams({ limit: String(limit), variantsUpTo: String(TILE_PIXELS) });
      if (status) query.set("status", status);
      if (sort) query.set("sort", sort);
      if (search) query.set("search", search);
      if (tag) query.set("tag", tag);
      if (cursor) query.set("cursor", cursor);
      const listing = await send<Listing>({ path: `/images?${query}`, signal });
      return { ...listing, images: listing.images.map(links.keep) };
    },

    /** Those that are there still, of at most 50. */
    async images(imageIds: string[], signal?: AbortSignal): Promise<ImageView[]> {
      const query = new URLSearchParams({
        imageIds: imageIds.join(","),
        variantsUpTo: String(TILE_PIXELS),
      });
      const { images } = await send<Listing>({ path: `/images?${query}`, signal });
      return images.map(links.keep);
    },

    /** The same with all their variants. */
    async wholeImages(imageIds: string[]): Promise<ImageView[]> {
      const query = new URLSearchParams({ imageIds: imageIds.join(",") });
      return (await send<Listing>({ path: `/images?${query}` })).images;
    },

    /** @param since `cursor` of the answer before; without it, what is under way. */
    changes(since: string | undefined, signal?: AbortSignal): Promise<Changes> {
      const query = since === undefined ? "" : `?${new URLSearchParams({ since })}`;
      return send<Changes>({ path: `/images/changes${query}`, signal });
    },

    async image(imageId: string, signal?: AbortSignal): Promise<ImageView> {
      return links.keep(await send<ImageView>({ path: `/images/${imageId}`, signal }));
    },

    me: (signal?: AbortSignal) => send<Me>({ path: "/me", signal }),

    /** With links that were made just now, to be given away. */
    freshImage: (imageId: string) => send<ImageView>({ path: `/images/${imageId}` }),

    history: (imageId: string, signal?: AbortSignal) =>
      send<History>({ path: `/images/${imageId}/history`, signal }),

    announce: (body: UploadRequest) => send<UploadTicket>({ method: "POST", path: "/uploads", body }),

    signPartsRequest: (imageId: string, body: PartsRequest, signal?: AbortSignal) =>
      send<SignedRequest>({ method: "POST", path: `/uploads/${imageId}/signatures`, body, signal }),

    /** @param variant `large.webp`, or `original`. */
    download: (imageId: string, variant: string) =>
      send<{ url: string; fileName: string }>({ path: `/images/${imageId}/download/${variant}` }),

    edit: (imageId: string, body: ImageEdit) =>
      send<Edited>({ method: "PATCH", path: `/images/${imageId}`, body }),

    reprocess: (imageId: string) => send<object>({ method: "POST", path: `/images/${imageId}/reprocess` }),

    publish: (imageId: string) => send<PublicView>({ method: "POST", path: `/images/${imageId}/publish` }),

    takeBack: (imageId: string) => send<undefined>({ method: "DELETE", path: `/images/${imageId}/publish` }),

    /** @param sizes how wide a page shows it, as `sizes` of HTML has it; without it, as wide as the window. */
    embed(imageId: string, sizes?: string, signal?: AbortSignal): Promise<EmbedView> {
      const query = sizes === undefined ? "" : `?${new URLSearchParams({ sizes })}`;
      return send<EmbedView>({ path: `/images/${imageId}/embed${query}`, signal });
    },

    remove: (imageId: string) => send<undefined>({ method: "DELETE", path: `/images/${imageId}` }),

    /** A picture did not load: its links may have expired. */
    forgetLinks: links.forget,
  };
}
