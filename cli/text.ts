/** Text for a terminal: nothing in it that a terminal would obey, and no wider than there is room. */

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

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** How many columns a terminal takes for it: two for each Chinese character, for instance. */
export function displayWidth(text: string): number {
  return partsOf(text).reduce((sum, part) => sum + part.width, 0);
}

/** Takes out of the middle what does not fit, so that the start and the end (an extension) stay. */
export function shortenMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const parts = partsOf(text);
  const room = Math.max(0, width - 1);
  const end = fitting(parts.toReversed(), Math.floor(room / 2)).reverse();
  const start = fitting(parts, room - widthOf(end));
  return [...start, { text: "…" }, ...end].map((part) => part.text).join("");
}

interface Part {
  text: string;
  width: number;
}

function partsOf(text: string): Part[] {
  return Array.from(graphemes.segment(text), ({ segment }) => ({
    text: segment,
    width: WIDE.test(segment) ? 2 : 1,
  }));
}

function widthOf(parts: Part[]): number {
  return parts.reduce((sum, part) => sum + part.width, 0);
}

function fitting(parts: Part[], width: number): Part[] {
  let room = width;
  const end = parts.findIndex((part) => {
    room -= part.width;
    return room < 0;
  });
  return end === -1 ? parts : parts.slice(0, end);
}
