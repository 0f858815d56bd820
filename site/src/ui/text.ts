/** Quantities as people read them; no line is broken between a number and its unit. */

const UNITS = ["bytes", "KB", "MB", "GB"] as const;

/** 527940 is "516 KB": of 1024 bytes, as the uploader counts, and as limits are set. */
export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  // 999.5 of one unit would be shown as 1000 of it.
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && size < 9.95 ? 1 : 0;
  return `${Number(size.toFixed(digits))}\u00a0${bytes === 1 ? "byte" : UNITS[unit]}`;
}

/** 322 is "322 ms", 1500 "1.5 s", 95000 "1 min 35 s". */
export function durationText(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}\u00a0ms`;
  if (milliseconds < 59_950) {
    const seconds = milliseconds / 1000;
    return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)}\u00a0s`;
  }
  const seconds = Math.round(milliseconds / 1000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)}\u00a0min${rest === 0 ? "" : ` ${rest}\u00a0s`}`;
}

const TURNS_DIRECTION =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const ISOLATES = /[\u2066-\u2069]/g;

/** A text of somebody's own within one of ours: whatever is in it, ours is read in its own direction. In markup, `<bdi>` does this. */
export function isolated(text: string): string {
  return TURNS_DIRECTION.test(text) ? `\u2068${text.replaceAll(ISOLATES, "")}\u2069` : text;
}

const IMAGE_EXTENSION = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|hei[cf]|hif)$/i;

/** What has no name of its own is called as its file. Where that was no photograph, it is seen what else it was. */
export function shownName({ name, status }: { name: string; status: string }): string {
  return (status === "REJECTED" ? name : name.replace(IMAGE_EXTENSION, "")) || name;
}

/** "Lake, holiday" is two tags, each once; as the API keeps them, in lower case. */
export function tagsIn(text: string): string[] {
  const tags = text.split(",").map((tag) => tag.normalize("NFC").toLowerCase().trim());
  return [...new Set(tags)].filter((tag) => tag !== "");
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** "jpeg" is "JPEG", "webp" is "WebP". */
export function formatText(format: string): string {
  return format === "webp" ? "WebP" : format.toUpperCase();
}
