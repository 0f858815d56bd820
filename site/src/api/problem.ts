/** What can go wrong with a call, each with a sentence for the person. */

/** The API said no, and why. */
export class Problem extends Error {
  override name = "Problem";
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** No answer came: offline, or the server is away. */
export class Unreachable extends Error {
  override name = "Unreachable";

  constructor(cause?: unknown) {
    super("The server cannot be reached. Check your connection, and try again.", { cause });
  }
}

/** The tokens have expired or were taken back, and cannot be renewed. */
export class SessionEnded extends Error {
  override name = "SessionEnded";

  constructor(cause?: unknown) {
    super("Your session has ended. Sign in again.", { cause });
  }
}

/** @returns the problem in an answer: an RFC 9457 one of the API, or a {message} of the gateway before it. */
export async function problemIn(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => undefined);
  return new Problem(answer.status, detailIn(body) ?? generalDetail(answer.status));
}

function detailIn(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  return "detail" in body && typeof body.detail === "string" ? body.detail : undefined;
}

function generalDetail(status: number): string {
  if (status === 404) return "There is no such thing here (any more).";
  if (status === 413) return "That is too large to be sent.";
  if (status === 429) return "Too many requests at once. Wait a moment, and try again.";
  if (status >= 500) return "Something went wrong on our side. Try again in a moment.";
  return "The request was not understood. Reload the page, and try again.";
}

/** Whether what was asked for is not there, or not any more. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}

/** Whether it is asked for by too many just now. */
export function isBusy(error: unknown): boolean {
  return error instanceof Problem && error.status === 503;
}

/** What the person is told. */
export function errorText(error: unknown): string {
  const isOurs = error instanceof Problem || error instanceof Unreachable || error instanceof SessionEnded;
  return isOurs ? error.message : "Something unexpected went wrong. Reload the page, and try again.";
}
