/** What an uploader said of the picture, in the object's metadata (`x-amz-meta-…`). */
import { ImageRejected } from "../shared/errors.ts";
import { FOCUS_METADATA, type Focus, parseFocus } from "../shared/focus.ts";
import type { Preset } from "../shared/preset.ts";
import { PRESET_METADATA, refusalOf } from "../shared/presets.ts";

export interface Wishes {
  name?: string;
  caption?: string;
  focus?: Focus;
}

/**
 * @throws ImageRejected (WRONG_METADATA) for a focus that cannot be understood. Published without it, the picture would be cropped where
 * its uploader did not want it, and nobody would learn of that.
 */
export function wishesIn(metadata: Record<string, string>): Wishes {
  const name = decoded(metadata.name);
  const caption = decoded(metadata.caption);
  const focus = focusIn(metadata[FOCUS_METADATA]);
  return {
    ...(name === undefined ? {} : { name }),
    ...(caption === undefined ? {} : { caption }),
    ...(focus === undefined ? {} : { focus }),
  };
}

/** @throws ImageRejected (WRONG_METADATA) for one that is asked for where none can be. */
export function assertPreset(metadata: Record<string, string>, preset: Preset | undefined): void {
  const asked = metadata[PRESET_METADATA];
  if (asked && preset?.isByKeyAlone && asked !== preset.name)
    throw new ImageRejected("WRONG_METADATA", refusalOf(asked, []));
}

function focusIn(text: string | undefined): Focus | undefined {
  if (text === undefined || text === "") return undefined;
  const focus = parseFocus(text);
  if (focus !== undefined) return focus;
  throw new ImageRejected(
    "WRONG_METADATA",
    `The metadata x-amz-meta-focus is "${text.slice(0, MOST_QUOTED)}". It takes two fractions of width and height, from the top left, such as "0.5,0.2". ` +
      "Upload the file again with such a focus, or without one.",
  );
}

const MOST_QUOTED = 40;

/** HTTP headers carry ASCII, so other characters arrive percent-encoded. */
function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
