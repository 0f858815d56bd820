import { describe, expect, it } from "vitest";
import {
  bestToDownload,
  hexColour,
  placeholderUrl,
  tilePicture,
  wholePicture,
} from "../../site/src/parts/picture-sources.ts";
import { variant } from "./support.ts";

const ORIGINAL = { width: 1000, height: 872 };
const large = variant("large", 1000, 872);
const small = variant("small", 512, 446);
const square = variant("thumbnail", 256, 256);
const inWebp = [large, small, square].map((one) =>
  variant(one.name, one.width, one.height, { format: "webp" }),
);

describe("the whole picture", () => {
  it("is offered in every size of its shape, in the best formats first", () => {
    const avif = variant("small", 512, 446, { format: "avif" });
    expect(wholePicture({ original: ORIGINAL, variants: [large, small, square, ...inWebp, avif] })).toEqual({
      sources: [
        { type: "image/avif", srcset: "https://bucket.example/small.avif 512w" },
        {
          type: "image/webp",
          srcset: "https://bucket.example/small.webp 512w, https://bucket.example/large.webp 1000w",
        },
      ],
      fallback: {
        src: large.url,
        srcset: "https://bucket.example/small.jpeg 512w, https://bucket.example/large.jpeg 1000w",
        width: 1000,
        height: 872,
      },
    });
  });

  it("offers the smaller of two files of one size", () => {
    const medium = variant("medium", 1000, 872, { bytes: 1 });
    expect(wholePicture({ original: ORIGINAL, variants: [large, medium] })?.fallback.srcset).toBe(
      `${medium.url} 1000w`,
    );
  });

  it("is never a crop, unless there is nothing else", () => {
    const wide = variant("banner", 2000, 500);
    expect(wholePicture({ original: ORIGINAL, variants: [wide, small] })?.fallback.src).toBe(small.url);
    expect(wholePicture({ original: ORIGINAL, variants: [square] })?.fallback.src).toBe(square.url);
  });

  it("goes by its largest variant when the original's shape is unknown", () => {
    expect(wholePicture({ original: {}, variants: [square, small, large] })?.fallback.src).toBe(large.url);
  });

  it("falls back to WebP when nothing else was made", () => {
    const picture = wholePicture({ original: ORIGINAL, variants: inWebp });
    expect(picture?.sources).toEqual([]);
    expect(picture?.fallback.src).toBe("https://bucket.example/large.webp");
  });

  it("is nothing without variants", () => {
    expect(wholePicture({ original: ORIGINAL, variants: [] })).toBeUndefined();
  });
});

describe("a tile", () => {
  it("goes by the shorter side, and takes crops", () => {
    expect(tilePicture({ variants: [large, small, square] })?.fallback.srcset).toBe(
      `${square.url} 256w, ${small.url} 446w`,
    );
  });

  it("takes the smallest when all are large", () => {
    expect(tilePicture({ variants: [large, variant("huge", 2000, 1744)] })?.fallback.src).toBe(large.url);
  });
});

describe("the main download", () => {
  it("is the largest, as JPEG where there is one", () => {
    expect(bestToDownload({ original: ORIGINAL, variants: [square, ...inWebp, large] })).toBe(large);
    expect(bestToDownload({ original: ORIGINAL, variants: inWebp })?.format).toBe("webp");
    expect(bestToDownload({ original: ORIGINAL, variants: [] })).toBeUndefined();
  });

  it("is no crop, be it the largest", () => {
    const banner = variant("banner", 1600, 600);
    expect(bestToDownload({ original: ORIGINAL, variants: [banner, small] })).toBe(small);
    expect(bestToDownload({ original: ORIGINAL, variants: [banner, square] })).toBe(banner);
  });
});

describe("what is there before the picture", () => {
  it("is its ThumbHash", () => {
    expect(placeholderUrl("BfgBBoAHZWu5FZi1UqljmZbUlq1ggBs=")).toMatch(/^data:image\/png;base64,/);
  });

  it.each([undefined, "", "AA==", "not base64!"])("is nothing for %j", (thumbhash) => {
    expect(placeholderUrl(thumbhash)).toBeUndefined();
  });

  it("is a colour only when it is one", () => {
    expect(hexColour("#0a0B0c")).toBe("#0a0B0c");
    expect(hexColour("url(https://evil.example)")).toBeUndefined();
  });
});
