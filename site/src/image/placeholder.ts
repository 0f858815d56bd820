/** What is seen while a picture loads: its ThumbHash, a few bytes that decode to a blurred image. */
import { thumbHashToDataURL } from "thumbhash";

const decoded = new Map<string, string | undefined>();

/** @returns a data URL; undefined for what is no ThumbHash. */
export function placeholderOf(thumbhash: string | undefined): string | undefined {
  if (thumbhash === undefined) return undefined;
  if (!decoded.has(thumbhash)) decoded.set(thumbhash, decode(thumbhash));
  return decoded.get(thumbhash);
}

function decode(thumbhash: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(thumbhash), (character) => character.charCodeAt(0));
    return bytes.length < 5 ? undefined : thumbHashToDataURL(bytes);
  } catch {
    return undefined;
  }
}

/** @returns the colour when it is one: it becomes part of a style. */
export function colourOf(dominantColour: string | undefined): string | undefined {
  return dominantColour && /^#[0-9a-f]{6}$/i.test(dominantColour) ? dominantColour : undefined;
}
