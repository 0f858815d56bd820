/** Whether presets can be had beside the settings: what synth says of them, said of those that are put into the table. */
import { DEFAULT_PRESET, type Presets, presetsSchema } from "../../functions/shared/presets.ts";
import { presetsIn } from "../../stacks/presets.ts";
import { readContext, type Settings, settingsFrom, WrongSettings } from "../../stacks/settings.ts";

/** What is wrong with them, in a sentence. */
export class InvalidPresets extends Error {
  override readonly name = "InvalidPresets";
}

/** Those of this folder, and of the environment: as they were deployed. */
export function deployedSettings(): Settings {
  const { AWS_ENDPOINT_URL: _, ...environment } = process.env;
  return settingsFrom(readContext(new URL("../../cdktf.json", import.meta.url)), environment);
}

/** The presets of the settings, as functions read them: a preset's version depends on the order of its parts. */
export function packedWith(settings: Settings): Presets {
  return presetsSchema.parse(presetsIn(settings));
}

/**
 * @param given by name, over those of the settings. `default` takes the place of the setting `variants`.
 * @returns those that were given, with what is usual filled in.
 * @throws InvalidPresets
 */
export function checkedPresets(settings: Settings, given: Record<string, unknown>): Presets {
  const { [DEFAULT_PRESET]: own, ...others } = given;
  const { endpointUrl: _, watermark, ...rest } = settings;
  const { variants: _names, ...mark } = watermark || { variants: [] };
  const context = {
    ...rest,
    // Which variants of the settings are marked says nothing of others.
    watermark: own !== undefined && watermark ? mark : watermark,
    ...(own !== undefined && { variants: variantsAlone(own) }),
    presets: { ...settings.presets, ...others },
  };
  try {
    const all = packedWith(settingsFrom(context, {}));
    return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(given, name)));
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error;
    // Where a setting would be put right is not where these are.
    throw new InvalidPresets(error.message.replace(/^The setting (".*?") \(.*?\)/, "$1"), { cause: error });
  }
}

function variantsAlone(preset: unknown): unknown {
  const { variants, prefixes = [], onRequest = false, ...more } = Object(preset);
  const isAlone = Object.keys(more).length === 0 && onRequest === false && prefixes.length === 0;
  if (!isAlone)
    throw new InvalidPresets(
      `"${DEFAULT_PRESET}" takes variants, and nothing else: it is for all other images.`,
    );
  return variants;
}
