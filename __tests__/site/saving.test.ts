import { describe, expect, it } from "vitest";
import { savingOf } from "../../site/src/image/saving.ts";
import { image, variant } from "./support.ts";

describe("what a variant saves", () => {
  const original = { width: 100, height: 80, bytes: 1000 };
  const large = variant("large", 100, 80, { format: "webp", bytes: 300 });
  const small = variant("small", 50, 40, { format: "webp", bytes: 60 });
  const smallJpeg = variant("small", 50, 40, { format: "jpeg", bytes: 100 });
  const view = image("a", { original, variants: [large, small, smallJpeg] });
  const textOf = (one: typeof large) => savingOf(one, view)?.text.replace("\u00a0", " ");

  it("is told against the original, where that has the same pixels", () => {
    expect(textOf(large)).toBe("70 % smaller than the original");
    expect(savingOf({ ...large, bytes: 1200 }, view)).toEqual({
      text: "20\u00a0% larger than the original",
      isSmaller: false,
    });
    expect(textOf({ ...large, bytes: 1000 })).toBe("as large as the original");
  });

  it("is told against the JPEG of the same pixels, where there are fewer", () => {
    expect(textOf(small)).toBe("40 % smaller than the JPEG");
    expect(textOf(smallJpeg)).toBeUndefined();
  });
});
