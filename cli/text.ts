/** Text for a terminal: nothing in it that a terminal would obey, and no wider than there is room. */
import cliTruncate from "cli-truncate";

/** Control characters, and those that turn the direction of writing around. */
const UNPRINTABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** Makes text from elsewhere, such as the name of a file, harmless: `\x1b` instead of an escape character. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}

/** The same for text of several lines, which stay lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** Takes out of the middle what does not fit, so that the start and the end (an extension) stay. */
export function shortenMiddle(text: string, columns: number): string {
  return cliTruncate(text, columns, { position: "middle" });
}

/** The column that names of executions and functions are shown in. */
export const NAME_WIDTH = 24;

/** The start of a name, which people know the file by, and its end, which tells it from others of that name. */
export function shortName(name: string): string {
  return name.length <= NAME_WIDTH ? name : `${name.slice(0, NAME_WIDTH - 5)}…${name.slice(-4)}`;
}

/** Bytes as people read them: 1.2 MB. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${amount.toFixed(amount < 10 ? 1 : 0)} ${units[power - 1]}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What went wrong, in words. Of a failed request, fetch tells the reason in the cause only. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  const isTold = !(cause instanceof Error) || message.includes(cause.message);
  const told = isTold ? message : `${message}: ${cause.message}`;
  return told.includes("ECONNREFUSED")
    ? `${told}. Nothing answers there (any more): is npm start running?`
    : told;
}

/** What a text says that may be JSON or anything else; undefined when it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For a shell. */
export function quoted(key: string): string {
  return /^[\w./:-]+$/.test(key) ? key : `'${printable(key).replaceAll("'", String.raw`'\''`)}'`;
}

export function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
