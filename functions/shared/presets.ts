/** Which preset an image is processed with: the one that its uploader asks for, or the one of its key's prefix, or the default one. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { type Preset, variantsSchema } from "./preset.ts";
import type { Image } from "./state.ts";

/** The one that `variants` in the settings says. */
export const DEFAULT_PRESET = "default";

/** The object metadata `x-amz-meta-preset`, in which people ask for one. */
export const PRESET_METADATA = "preset";

export const presetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "takes lower-case letters, digits and hyphens");

export const presetSettingSchema = z.strictObject({
  /** Of the keys whose images are processed with it. */
  prefixes: z.array(z.string().min(1).max(500)).default([]),
  /** Whether an upload may ask for it. */
  onRequest: z.boolean().default(false),
  variants: variantsSchema,
});

/** An item of the table of presets. */
export const storedPresetSchema = z.object({ ...presetSettingSchema.shape, name: presetName });

export const presetsSchema = z.record(presetName, presetSettingSchema);
export type Presets = z.infer<typeof presetsSchema>;

/** Beside the bundle: with a few of them, an environment of 4 KB would be full. */
export const PRESETS_FILE = "presets.json";

let packed: Presets | undefined;

/** Those that the function was deployed with. */
export function packedPresets(): Presets {
  packed ??= presetsSchema.parse(JSON.parse(readFileSync(new URL(PRESETS_FILE, import.meta.url), "utf8")));
  return packed;
}

/** @returns the preset, or a sentence on why there is none. */
export function choosePreset(
  presets: Presets,
  key: string,
  asked: string | undefined,
): { preset: Preset } | { refusal: string } {
  const own = nameFor(presets, key);
  if (asked === undefined || asked === "" || asked === own) return { preset: presetNamed(presets, own) };
  if (Object.hasOwn(presets, asked) && presets[asked]?.onRequest)
    return { preset: presetNamed(presets, asked) };
  const allowed = Object.entries(presets).flatMap(([name, { onRequest }]) =>
    onRequest ? [`"${name}"`] : [],
  );
  return { refusal: refusalOf(asked, allowed) };
}

/** Whether an upload's metadata may decide anything. */
export function canBeAskedFor(presets: Presets): boolean {
  return Object.values(presets).some(({ onRequest }) => onRequest);
}

/** @param allowed those that can be asked for. */
export function refusalOf(asked: string, allowed: string[]): string {
  const those = new Intl.ListFormat("en", { type: "disjunction" }).format(allowed);
  const advice = allowed.length === 0 ? "without a preset" : `with ${those}, or without a preset`;
  return `The preset "${asked.slice(0, MOST_QUOTED)}" cannot be asked for. Upload the file ${advice}.`;
}

const MOST_QUOTED = 40;

/**
 * An image with its preset, for the input of its execution.
 * @param metadata of the object that is under the key now. Where that is of another version than the image, the execution is overtaken anyway.
 */
export function withPreset(presets: Presets, image: Image, metadata: Record<string, string>): Image {
  // What is refused already stays refused for that reason.
  return { ...choosePreset(presets, image.key, metadata[PRESET_METADATA]), ...image };
}

/** Where none can be asked for, nobody has to wait for the metadata: validate reads them, and refuses what asks all the same. */
export function withPresetOfKey(presets: Presets, image: Image): Image {
  return { ...image, preset: { ...presetNamed(presets, nameFor(presets, image.key)), isByKeyAlone: true } };
}

/** The longest prefix decides. */
function nameFor(presets: Presets, key: string): string {
  const matching = Object.entries(presets).flatMap(([name, { prefixes }]) =>
    prefixes.filter((prefix) => key.startsWith(prefix)).map((prefix) => ({ name, length: prefix.length })),
  );
  return matching.toSorted((one, other) => other.length - one.length)[0]?.name ?? DEFAULT_PRESET;
}

function presetNamed(presets: Presets, name: string): Preset {
  const preset = presets[name];
  if (preset === undefined) throw new Error(`There is no preset "${name}" in ${PRESETS_FILE}.`);
  return { name, version: versionOfPreset(preset), variants: preset.variants };
}

/** Another one whenever other files would be made. */
export function versionOfPreset({ variants }: Pick<Presets[string], "variants">): string {
  return createHash("sha256").update(JSON.stringify(variants)).digest("hex").slice(0, 12);
}
