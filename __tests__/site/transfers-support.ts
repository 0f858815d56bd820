/** A page that sends a file in parts, in front of an API and a bucket that do as S3 does, and fail when they are told to. */
import { vi } from "vitest";
import type { PartsRequest, SignedRequest, UploadRequest, UploadTicket } from "../../site/src/api/api.ts";
import { Problem } from "../../site/src/api/problem.ts";
import { createDraft, type Draft } from "../../site/src/upload/draft.ts";
import { createTransfers } from "../../site/src/upload/transfers.ts";
import type { UnfinishedFile } from "../../site/src/upload/unfinished.ts";
import { image } from "./support.ts";

export const PART_BYTES = 5 * 1024 * 1024;

/** What becomes of a request: S3 does not hear of it, its answer is lost, or it says no; or what happens before it is answered. */
export type Fault = "unheard" | "unanswered" | number | (() => void);

interface Upload {
  imageId: string;
  parts: Map<number, number>;
}

export function sending(bytes: number) {
  const s3 = fakeS3();
  const noted = new Map<string, UnfinishedFile>();
  const changes: Partial<Draft>[] = [];
  const waits: number[] = [];
  const transfers = createTransfers(
    s3.api,
    {
      note: (file) => void noted.set(file.draftId, file),
      forget: (draftId) => void noted.delete(draftId),
      takeCutOff: async () => [],
    },
    async (ms) => void waits.push(ms),
  );
  const draft = createDraft(new File([new Uint8Array(bytes)], "large.jpg", { type: "image/jpeg" }));
  const abort = new AbortController();
  const onChange = (changed: Partial<Draft>) => void changes.push(changed);
  return {
    ...s3,
    transfers,
    draft,
    abort,
    changes,
    waits,
    noted,
    send: () => transfers.send(draft, { onChange, signal: abort.signal }),
  };
}

function fakeS3() {
  /** What was announced within a day, by image; what is taken back can be ended, too. */
  const announced = new Map<string, UploadRequest>();
  const removed: string[] = [];
  const uploads = new Map<string, Upload>();
  const objects = new Map<string, number>();
  /** "PUT 2", "complete", in the order in which S3 hears of them. */
  const requests: string[] = [];
  const faults = new Map<string, Fault[]>();
  let images = 0;
  let created = 0;

  const api = {
    async announce(request: UploadRequest): Promise<UploadTicket> {
      images += 1;
      const imageId = `image${images}`;
      announced.set(imageId, request);
      return {
        imageId,
        uploadUrl: `https://s3.example/${imageId}?whole`,
        headers: {},
        expiresAt: new Date(Date.now() + 15 * 60_000).toISOString(),
        ...(request.inParts && { partBytes: PART_BYTES }),
      };
    },
    async remove(imageId: string): Promise<undefined> {
      removed.push(imageId);
    },
    async image(imageId: string) {
      if (removed.includes(imageId)) throw new Problem(404, "There is no such image.");
      return image(imageId, { status: "PENDING" });
    },
    async signPartsRequest(imageId: string, asked: PartsRequest): Promise<SignedRequest> {
      if (!announced.has(imageId)) throw new Problem(404, "You have announced no such upload.");
      const query = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]));
      return { url: `https://s3.example/${imageId}?${query}`, headers: {} };
    },
  };

  function handle(method: string, url: string, body: Blob | string | undefined): Response {
    const { pathname, searchParams } = new URL(url);
    const imageId = pathname.slice(1);
    const uploadId = searchParams.get("uploadId");
    const number = Number(searchParams.get("partNumber"));
    const size = body instanceof Blob ? body.size : 0;
    if (searchParams.has("whole")) {
      objects.set(imageId, size);
      return new Response("", { headers: { etag: '"whole"' } });
    }
    if (uploadId === null) {
      created += 1;
      uploads.set(`upload${created}`, { imageId, parts: new Map() });
      return new Response(`<UploadId>upload${created}</UploadId>`);
    }
    const upload = uploads.get(uploadId);
    if (upload?.imageId !== imageId) return new Response("<Code>NoSuchUpload</Code>", { status: 404 });
    const { parts } = upload;
    if (method === "PUT") {
      parts.set(number, size);
      return new Response("", { headers: { etag: `"${number}"` } });
    }
    if (method === "GET") {
      const list = [...parts.keys()].map(
        (part) => `<Part><PartNumber>${part}</PartNumber><ETag>&quot;${part}&quot;</ETag></Part>`,
      );
      return new Response(`<ListPartsResult>${list.join("")}</ListPartsResult>`);
    }
    uploads.delete(uploadId);
    if (method === "DELETE") return new Response(null, { status: 204 });
    const listed = [...String(body).matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(?:"|&quot;)\1/g)];
    objects.set(
      imageId,
      listed.reduce((sum, [, part]) => sum + (parts.get(Number(part)) ?? Number.NaN), 0),
    );
    return new Response("<CompleteMultipartUploadResult/>");
  }

  function answer(method: string, url: string, body?: Blob | string): Response {
    const name = nameOf(method, new URL(url).searchParams);
    const fault = faults.get(name)?.shift();
    if (fault === "unheard") throw new TypeError("Failed to fetch");
    requests.push(name);
    if (typeof fault === "function") fault();
    if (typeof fault === "number") return new Response("", { status: fault });
    const answered = handle(method, url, body);
    if (fault === "unanswered") throw new TypeError("Failed to fetch");
    return answered;
  }

  vi.stubGlobal("fetch", async (url: string, { method, body }: { method: string; body?: string }) =>
    answer(method, url, body),
  );
  vi.stubGlobal("XMLHttpRequest", xhrFor(answer));
  return {
    api,
    announced,
    removed,
    uploads,
    objects,
    requests,
    /** What becomes of the next requests of that name. */
    fail: (name: string, ...next: Fault[]) => void faults.set(name, next),
  };
}

function nameOf(method: string, query: URLSearchParams): string {
  if (query.has("whole")) return "PUT whole";
  if (!query.has("uploadId")) return "begin";
  if (method === "PUT") return `PUT ${query.get("partNumber")}`;
  return { GET: "list", POST: "complete", DELETE: "end" }[method] ?? method;
}

function xhrFor(answer: (method: string, url: string, body: Blob) => Response) {
  return class {
    upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
    onload?: () => void;
    onerror?: () => void;
    onabort?: () => void;
    onloadend?: () => void;
    status = 0;
    #asked = ["", ""] as [string, string];
    #answer: Response | undefined;
    #isAborted = false;

    open(...asked: [method: string, url: string]) {
      this.#asked = asked;
    }
    setRequestHeader() {}
    getResponseHeader(name: string) {
      return this.#answer?.headers.get(name) ?? null;
    }
    abort() {
      this.#isAborted = true;
      this.onabort?.();
      this.onloadend?.();
    }
    async send(body: Blob) {
      await Promise.resolve();
      if (this.#isAborted) return;
      try {
        this.upload.onprogress?.({ loaded: body.size, total: body.size });
        this.#answer = answer(...this.#asked, body);
        this.status = this.#answer.status;
        this.onload?.();
      } catch {
        this.onerror?.();
      }
      this.onloadend?.();
    }
  };
}
