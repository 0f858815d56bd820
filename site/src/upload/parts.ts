/**
 * A large file on its way to the bucket, in parts: what has arrived is not sent again, however often the network goes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
import type { Api, PartsRequest } from "../api/api.ts";
import { isGone, Problem, Unreachable } from "../api/problem.ts";
import { put, refusal } from "./put.ts";

export type PartsApi = Pick<Api, "signPartsRequest" | "image">;

export interface PartsUpload {
  /**
   * Sends what has not arrived yet.
   * @throws Unreachable; Problem, 404 where the upload or its announcement is not known any more; the signal's reason once it is aborted.
   */
  send(options: { onProgress: (share: number) => void; signal: AbortSignal }): Promise<void>;
  /** How much of the file has arrived, 0 to 1. */
  arrivedShare(): number;
  /** Leaves nothing of it. */
  end(): Promise<void>;
}

export interface PartsUploadOptions {
  imageId: string;
  file: Blob;
  partBytes: number;
  /** S3 has given the upload an id. */
  onBegun: (uploadId: string) => void;
}

/** Of one file. Each waits for a signature of its own first, and the other is sent meanwhile. */
const MOST_PARTS_AT_ONCE = 2;

export function createPartsUpload(
  api: PartsApi,
  { imageId, file, partBytes, onBegun }: PartsUploadOptions,
): PartsUpload {
  const count = Math.ceil(file.size / partBytes);
  let uploadId: string | undefined;
  /** ETags, as XML has them, by the number of the part. */
  let arrived = new Map<number, string>();
  /** S3 was asked to complete it, and did not say that it would not. */
  let mayBeComplete = false;

  const pieceOf = (number: number) => file.slice((number - 1) * partBytes, number * partBytes);
  const arrivedBytes = () => [...arrived.keys()].reduce((sum, number) => sum + pieceOf(number).size, 0);

  /** @returns the upload's id. It is not given up halfway: what has begun unseen could not be ended. */
  async function begin(signal: AbortSignal): Promise<string> {
    const answer = await request(api, imageId, { method: "POST" });
    const [, begun] = /<UploadId>([^<]+)<\/UploadId>/.exec(answer) ?? [];
    if (begun === undefined) throw refusal(502);
    uploadId = begun;
    onBegun(begun);
    if (!signal.aborted) return begun;
    await endUpload(api, imageId, begun);
    throw signal.reason;
  }

  /** Asks S3: a part may have arrived though its answer did not. */
  async function lookWhatHasArrived(begun: string, signal: AbortSignal): Promise<void> {
    const answer = await request(api, imageId, { method: "GET", uploadId: begun }, { signal });
    const parts = [...answer.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => part);
    arrived = new Map(parts.map((part) => [Number(textIn(part, "PartNumber")), textIn(part, "ETag")]));
  }

  async function sendMissing(
    begun: string,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const missing = Array.from({ length: count }, (_, index) => index + 1).filter((n) => !arrived.has(n));
    const sentBytes = new Map<number, number>();
    const tell = () => {
      const underWay = [...sentBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
      onProgress((arrivedBytes() + underWay) / file.size);
    };

    async function sendPart(number: number): Promise<void> {
      const asked = { method: "PUT", uploadId: begun, partNumber: number } as const;
      const { url, headers } = await api.signPartsRequest(imageId, asked, signal);
      const piece = pieceOf(number);
      const onProgress = (share: number) => {
        sentBytes.set(number, share * piece.size);
        tell();
      };
      const etag = await put(url, piece, { headers, onProgress, signal });
      sentBytes.delete(number);
      arrived.set(number, etag);
      tell();
    }

    /** Once a part has failed no other is begun, but those under way may arrive: they need not be sent again. */
    async function work(): Promise<void> {
      for (let number = missing.shift(); number !== undefined; number = missing.shift())
        await sendPart(number).catch((error: unknown) => {
          missing.length = 0;
          throw error;
        });
    }

    const ends = await Promise.allSettled(Array.from({ length: MOST_PARTS_AT_ONCE }, work));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async function complete(begun: string, signal: AbortSignal): Promise<void> {
    const asked = { method: "POST", uploadId: begun } as const;
    const mayHaveBeenComplete = mayBeComplete;
    mayBeComplete = true;
    try {
      const answer = await request(api, imageId, asked, { body: listOf(arrived), signal });
      // S3 begins to answer before it knows how that ends.
      if (answer.includes("<Error>")) throw refusal(500);
    } catch (error) {
      if (isThereAlready(error)) return;
      if (mayHaveBeenComplete && isGone(error) && (await isThere(api, imageId))) return;
      // It has read the list, and something is wrong with it.
      if (error instanceof Problem && error.status === 400) mayBeComplete = false;
      throw error;
    }
  }

  return {
    async send({ onProgress, signal }) {
      signal.throwIfAborted();
      if (uploadId !== undefined && !mayBeComplete) await lookWhatHasArrived(uploadId, signal);
      const begun = uploadId ?? (await begin(signal));
      await sendMissing(begun, onProgress, signal);
      await complete(begun, signal);
    },
    arrivedShare: () => arrivedBytes() / file.size,
    async end() {
      if (uploadId !== undefined) await endUpload(api, imageId, uploadId);
    },
  };
}

/** Ends an upload without making an object of it. */
export async function endUpload(
  api: Pick<PartsApi, "signPartsRequest">,
  imageId: string,
  uploadId: string,
): Promise<void> {
  await request(api, imageId, { method: "DELETE", uploadId });
}

/** Sends a request to S3, as the API signs it. @returns what is answered. @throws Unreachable, Problem */
async function request(
  api: Pick<PartsApi, "signPartsRequest">,
  imageId: string,
  asked: PartsRequest,
  { body, signal }: { body?: string; signal?: AbortSignal } = {},
): Promise<string> {
  const { url, headers } = await api.signPartsRequest(imageId, asked, signal);
  const answer = await fetch(url, {
    method: asked.method,
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/xml" }) },
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
    cache: "no-store",
  }).catch(unreachable(signal));
  if (!answer.ok) throw refusal(answer.status);
  return answer.text().catch(unreachable(signal));
}

/** What fetch throws says nothing to anybody; what the page has aborted is not unreachable. */
function unreachable(signal: AbortSignal | undefined) {
  return (error: unknown): never => {
    throw signal?.aborted ? error : new Unreachable(error);
  };
}

/** S3 makes one object of an announcement: an earlier request has, and its answer was lost. */
function isThereAlready(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}

/** S3 forgets an upload some time after it has completed it; the image of one that was is there. */
async function isThere(api: PartsApi, imageId: string): Promise<boolean> {
  try {
    await api.image(imageId);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function textIn(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
}

function listOf(parts: Map<number, string>): string {
  const list = [...parts].sort(([one], [other]) => one - other);
  const elements = list.map(
    ([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${elements.join("")}</CompleteMultipartUpload>`;
}
