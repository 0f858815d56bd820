/** Errors of the API, as RFC 9457 wants them: https://www.rfc-editor.org/rfc/rfc9457 */
import type { ImageRecord } from "../shared/image-record.ts";
import type { Refusal } from "../shared/quotas.ts";
import { Throttled, throttledOr } from "../shared/throttled.ts";

const TITLES: Record<number, string> = {
  400: "The request is wrong",
  403: "Not allowed",
  404: "Not found",
  409: "Not now",
  410: "Gone",
  413: "Too large",
  415: "Not an image",
  429: "Too many",
  500: "Something went wrong",
  503: "Busy",
};

export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly #comeBackAt: Date | undefined;

  /**
   * @param detail a sentence that says what is wrong and what to do.
   * @param comeBackAt when it will be otherwise.
   */
  constructor(status: number, detail: string, comeBackAt?: Date) {
    super(detail);
    this.status = status;
    this.#comeBackAt = comeBackAt;
  }

  toResponse(): { statusCode: number; headers: Record<string, string>; body: string } {
    return {
      statusCode: this.status,
      headers: {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        ...(this.#comeBackAt && { "retry-after": secondsUntil(this.#comeBackAt) }),
      },
      body: JSON.stringify({
        type: "about:blank",
        title: TITLES[this.status] ?? "Error",
        status: this.status,
        detail: this.message,
      }),
    };
  }
}

/** A service that the API asks is asked for too much, by whomever. */
export function busy(): Problem {
  return new Problem(
    503,
    "Too much is asked for just now. Try again in a moment.",
    new Date(Date.now() + BUSY_MS),
  );
}

const BUSY_MS = 5_000;

/** What came of a request that ended in an error: a fault of ours, unless that says otherwise. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (throttledOr(error) instanceof Throttled) return busy();
  return new Problem(500, "The fault is ours, not yours. Try again in a moment.");
}

function secondsUntil(time: Date): string {
  return String(Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1000)));
}

/** @throws Problem (403, 429) where there is a refusal. */
export function assertNotRefused(refusal: Refusal | undefined): void {
  if (refusal) throw new Problem(refusal.kind === "today" ? 429 : 403, refusal.text, refusal.until);
}

/** Somebody else's image and no image look the same. */
export function notFound(): Problem {
  return new Problem(404, "You have no such image. It may have been deleted.");
}

/** @param others what can be had beside the variants that are published. */
export function noSuchVariant(
  { published }: Pick<ImageRecord, "published">,
  wanted: string,
  others: string[] = [],
): Problem {
  const known = [...new Set(published?.variants.map(({ name }) => name))];
  if (known.length === 0) return notFound();
  const all = [...known, ...others].join(", ");
  return new Problem(404, `There is no variant "${wanted.slice(0, 50)}". There are: ${all}.`);
}
