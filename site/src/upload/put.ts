/** One file on its way to the bucket. `fetch` does not tell how far it is. */
import { Problem, Unreachable } from "../api/problem.ts";

export interface PutOptions {
  headers: Record<string, string>;
  /** @param part 0 to 1 */
  onProgress: (part: number) => void;
  signal: AbortSignal;
}

/** @returns its ETag. @throws Unreachable, Problem; the signal's reason once it is aborted. */
export function put(url: string, file: Blob, { headers, onProgress, signal }: PutOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort, { once: true });
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const isTaken = request.status >= 200 && request.status < 300;
      if (isTaken) resolve(request.getResponseHeader("etag") ?? "");
      else reject(refusal(request.status));
    };
    request.onerror = () => reject(new Unreachable());
    // Firefox aborts it by itself when a link is followed, though what that leads to is only saved.
    request.onabort = () => reject(signal.aborted ? signal.reason : new Unreachable());
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(file);
  });
}

/** S3 says why in words for programs. */
export function refusal(status: number): Problem {
  return new Problem(status, "The file was not taken. Try again.");
}
