/** Errors of the API, as RFC 9457 wants them: https://www.rfc-editor.org/rfc/rfc9457 */

const TITLES: Record<number, string> = {
  400: "The request is wrong",
  404: "Not found",
  409: "Not now",
  413: "Too large",
  415: "Not an image",
  500: "Something went wrong",
};

export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;

  /** @param detail a sentence that says what is wrong and what to do. */
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }

  toResponse(): { statusCode: number; headers: Record<string, string>; body: string } {
    return {
      statusCode: this.status,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
      body: JSON.stringify({
        type: "about:blank",
        title: TITLES[this.status] ?? "Error",
        status: this.status,
        detail: this.message,
      }),
    };
  }
}

/** Somebody else's image and no image look the same. */
export function notFound(): Problem {
  return new Problem(404, "You have no such image. It may have been deleted.");
}
