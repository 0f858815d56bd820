import { expect, it, vi } from "vitest";
import { presetReader } from "../../functions/shared/current-presets.ts";
import { type Presets, presetSettingSchema, versionOfPreset } from "../../functions/shared/presets.ts";

const preset = (width: number) =>
  presetSettingSchema.parse({ variants: [{ name: "v", width, height: width, formats: ["webp"] }] });
const PACKED: Presets = { default: preset(1), shop: preset(2) };

function reader(stored: () => Promise<Presets>) {
  const clock = { ms: 5_000_000 };
  const read = vi.fn(stored);
  const current = presetReader({ packed: () => PACKED, stored: read, now: () => clock.ms });
  return { clock, read, current };
}

it("the table's presets add to those of the settings, and go over them", async () => {
  const { current } = reader(async () => ({ shop: preset(3), hats: preset(4) }));
  expect(await current()).toEqual({ default: preset(1), shop: preset(3), hats: preset(4) });
});

it("a process asks once a minute at most, however many ask it at a time", async () => {
  const { clock, read, current } = reader(async () => ({}));
  await Promise.all([current(), current()]);
  clock.ms += 59_999;
  await current();
  expect(read).toHaveBeenCalledTimes(1);
  clock.ms += 1;
  read.mockResolvedValue({ hats: preset(4) });
  expect(await current()).toHaveProperty("hats");
  expect(read).toHaveBeenCalledTimes(2);
});

it("those of before count while the table cannot be read; without any, that is an error, and asked again", async () => {
  const { clock, read, current } = reader(async () => Promise.reject(new Error("throttled")));
  await expect(current()).rejects.toThrow("throttled");
  read.mockResolvedValue({ hats: preset(4) });
  expect(await current()).toHaveProperty("hats");
  clock.ms += 60_000;
  read.mockRejectedValue(new Error("throttled"));
  expect(await current()).toHaveProperty("hats");
});

it("a preset has the same version in whatever order its parts come back", () => {
  const parts = { width: 3, name: "v", formats: ["webp"], height: 3, modulate: { hue: 3, brightness: 1 } };
  const [one, other] = [parts, Object.fromEntries(Object.entries(parts).reverse())].map((variant) =>
    versionOfPreset(presetSettingSchema.parse({ variants: [variant] })),
  );
  expect(one).toBe(other);
  expect(one).toBe(
    versionOfPreset(
      presetSettingSchema.parse({ variants: [{ ...parts, modulate: { brightness: 1, hue: 3 } }] }),
    ),
  );
});
