import { describe, expect, it } from "vitest";
import type { Variant } from "../../functions/shared/preset.ts";
import { choosePreset, type Presets } from "../../functions/shared/presets.ts";
import { presetsIn } from "../../stacks/presets.ts";
import { settingsFrom } from "../../stacks/settings.ts";
import { defaultContext, defaultSettings } from "../fixtures/settings.ts";

const variant = (name: string, width = 100): Variant => ({
  name,
  width,
  height: width,
  fit: "inside",
  formats: ["webp"],
});
const preset = (more: Partial<Presets[string]> = {}) => ({
  prefixes: [],
  onRequest: false,
  variants: [variant("v")],
  ...more,
});
const PRESETS: Presets = {
  default: preset(),
  shoes: preset({ prefixes: ["shop/", "shop/shoes/"] }),
  hats: preset({ prefixes: ["shop/hats/"], onRequest: true }),
};
const nameOf = (key: string, asked?: string) => {
  const chosen = choosePreset(PRESETS, key, asked);
  return "preset" in chosen ? chosen.preset.name : chosen.refusal;
};

it.each([
  ["a.jpg", undefined, "default"],
  ["shop/a.jpg", undefined, "shoes"],
  ["shop/hats/a.jpg", undefined, "hats"],
  ["a/shop/a.jpg", undefined, "default"],
  ["a.jpg", "hats", "hats"],
  ["shop/a.jpg", "hats", "hats"],
  ["shop/a.jpg", "shoes", "shoes"],
  ["a.jpg", "", "default"],
])("%s that asks for %s gets %s", (key, asked, name) => {
  expect(nameOf(key, asked)).toBe(name);
});

it.each(["shoes", "none", "toString"])("%s cannot be asked for where nothing gives it", (asked) => {
  expect(nameOf("a.jpg", asked)).toBe(
    `The preset "${asked}" cannot be asked for. Upload the file with "hats", or without a preset.`,
  );
});

it("a preset has another version as soon as it makes other files, and the same one otherwise", () => {
  const versionOf = (of: Variant) => {
    const chosen = choosePreset({ default: preset({ variants: [of] }) }, "a", undefined);
    return "preset" in chosen ? chosen.preset.version : "";
  };
  expect(versionOf(variant("v"))).toBe(versionOf(variant("v")));
  expect(versionOf(variant("v"))).not.toBe(versionOf({ ...variant("v"), quality: 81 }));
});

describe("of the settings", () => {
  const withPresets = (presets: unknown) => settingsFrom({ ...defaultContext, presets }, {});

  it("the default one is what variants and watermark say", () => {
    const marked = presetsIn(defaultSettings).default?.variants.map(({ name, watermark }) => [
      name,
      watermark,
    ]);
    expect(marked).toEqual([
      ["large", true],
      ["medium", true],
      ["small", true],
      ["thumbnail", false],
    ]);
  });

  it("others are marked but for thumbnails, unless they say otherwise", () => {
    const variants = [
      variant("big", 800),
      variant("little", 200),
      { ...variant("bare", 800), watermark: false },
    ];
    const presets = presetsIn(withPresets({ shop: { variants } }));
    expect(presets.shop?.variants.map(({ watermark }) => watermark)).toEqual([true, false, false]);
  });

  it.each([
    [{ default: { variants: [variant("v")] } }, '"presets.default"', 'is what the setting "variants" says'],
    [{ a: { variants: [] } }, '"presets.a.variants"', "is empty"],
    [
      { a: { variants: [{ ...variant("v"), crop: 1 }] } },
      '"presets.a.variants[0]"',
      'has no part called "crop"',
    ],
    [
      { a: { variants: [{ ...variant("v"), position: "attention" }] } },
      '"presets.a.variants[0].position"',
      'is for the fit "cover"',
    ],
    [
      {
        a: { prefixes: ["x/"], variants: [variant("v")] },
        b: { prefixes: ["x/"], variants: [variant("v")] },
      },
      '"presets.b.prefixes"',
      'has the prefix "x/", as "a" does',
    ],
    [{ "A B": { variants: [variant("v")] } }, '"presets.A B"', ""],
  ])("wrong ones are a sentence: %o", (presets, place, complaint) => {
    expect(() => withPresets(presets)).toThrow(`The setting ${place}`);
    expect(() => withPresets(presets)).toThrow(complaint);
  });
});
