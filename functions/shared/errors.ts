/**
 * The one error that is the file's fault. Its `name` is what the state machine matches to tell a rejection,
 * which is never retried, from a failure of ours, which is.
 */
export class ImageRejected extends Error {
  override readonly name = "ImageRejected";
  readonly code: RejectionCode;

  /** @param reason a sentence for the person who uploaded the file: what is wrong and what to do. */
  constructor(code: RejectionCode, reason: string, options?: ErrorOptions) {
    super(`${code}: ${reason}`, options);
    this.code = code;
  }
}

/** What an execution came to is about an image that is not there any more, in that version or at all. */
export class ImageSuperseded extends Error {
  override readonly name = "ImageSuperseded";
}

/** Files of the same bytes are gone, or going, or cannot be had: the image is processed like any other, then. */
export class NotCopied extends Error {
  override readonly name = "NotCopied";
}

/** @param cause what the decoder said, for the logs. */
export function corrupt(cause: unknown): ImageRejected {
  const reason =
    "The file is damaged or incomplete and cannot be read as an image. Export it again, or upload another copy.";
  return new ImageRejected("CORRUPT", reason, { cause });
}

/**
 * Of a file that is fine, and yet would not come out right.
 * @param kind what the file is, as words for a sentence.
 * @param advice a sentence on what to do.
 */
export function unsupported(kind: string, advice: string): ImageRejected {
  return new ImageRejected("UNSUPPORTED_TYPE", `This is ${kind}. ${advice}`);
}

export const REJECTION_CODES = [
  "EMPTY",
  "UNSUPPORTED_TYPE",
  "TOO_MANY_BYTES",
  "TOO_MANY_PIXELS",
  "TOO_MANY_FRAMES",
  "CORRUPT",
  "WRONG_METADATA",
  "QUOTA",
  "MODERATED",
  "ORIGINAL_GONE",
  "ORIGINAL_ARCHIVED",
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** Takes the code and the reason back out of the message, which is all of an error that Step Functions keeps. */
export function parseRejection(message: string): { code: string; reason: string } {
  const match = /^([A-Z_]+): (.*)$/s.exec(message);
  return match ? { code: match[1] ?? "", reason: match[2] ?? "" } : { code: "REJECTED", reason: message };
}

/** The sentence in an error's cause, as Step Functions keeps it: Lambda puts it into a JSON text; a timeout and the like do not. */
export function messageIn(cause = ""): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    const hasMessage = typeof parsed === "object" && parsed !== null && "errorMessage" in parsed;
    return hasMessage ? String(parsed.errorMessage) : cause;
  } catch {
    return cause;
  }
}
