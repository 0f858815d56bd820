/** What an uploader said of the picture, in the object's metadata (`x-amz-meta-…`). */
import { ImageRejected } from "../shared/errors.ts";
import { FOCUS_METADATA, type Focus, parseFocus } from "../shared/focus.ts";
import type { Preset } from "../shared/preset.ts";
import { PRESET_METADATA, refusalOf } from "../shared/presets.ts";
import { TAGS_METADATA, tagsTextSchema } from "../shared/tags.ts";

export interface Wishes {
  name?: string;
  caption?: string;
  focus?: Focus;
  tags?: string[];
}

/**
 * @param focusSince what the owner has said of the focus since, in place of what the metadata say.
 * @throws ImageRejected (WRONG_METADATA) for a focus or tags that cannot be understood. Published without it, the picture would be cropped where
 * its uploader did not want it, and nobody would learn of that.
 */
export function wishesIn(metadata: Record<string, string>, focusSince?: string): Wishes {
  const name = decoded(metadata.name);
  const caption = decoded(metadata.caption);
  const focus = focusIn(focusSince ?? metadata[FOCUS_METADATA]);
  const tags = tagsIn(decoded(metadata[TAGS_METADATA]));
  return {
    ...(name === undefined ? {} : { name }),
    ...(caption === undefined ? {} : { caption }),
    ...(focus === undefined ? {} : { focus }),
    ...(tags === undefined ? {} : { tags }),
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

function tagsIn(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const parsed = tagsTextSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ImageRejected(
    "WRONG_METADATA",
    `The metadata x-amz-meta-tags ${parsed.error.issues[0]?.message}. Upload the file again with such tags, or without any.`,
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
