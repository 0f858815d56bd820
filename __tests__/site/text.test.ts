import { describe, expect, it } from "vitest";
import { savingText } from "../../site/src/image/saving.ts";
import { outcomeSentences } from "../../site/src/store/outcome.ts";
import { bytesText, countText, durationText, formatText, tagsIn } from "../../site/src/ui/text.ts";
import { relativeText, takenAtText } from "../../site/src/ui/times.ts";
import { nameFromFile } from "../../site/src/upload/draft.ts";

/** No line breaks between a number and its unit; tests are read with plain spaces. */
const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

describe("sizes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1024, "1 KB"],
    [1536, "1.5 KB"],
    [112_525, "110 KB"],
    [50 * 1024 * 1024, "50 MB"],
    [3 * 1024 ** 4, "3072 GB"],
  ])("%i bytes are %s", (bytes, text) => {
    expect(plain(bytesText(bytes))).toBe(text);
  });

  it("never shows a thousand of a unit", () => {
    expect(plain(bytesText(999.7 * 1024))).toBe("1 MB");
  });
});

describe("savings", () => {
  it.each([
    [26_628, 112_525, "76 % smaller"],
    [100, 100, "same size"],
    [150, 100, "50 % larger"],
    [1, 1_000_000, "99 % smaller"],
  ])("%i of %i is %s", (bytes, original, text) => {
    expect(plain(savingText(bytes, original))).toBe(text);
  });

  it("are unknown without an original", () => {
    expect(savingText(100, undefined)).toBeUndefined();
  });
});

describe("times", () => {
  it.each([
    [0, "0 ms"],
    [322.4, "322 ms"],
    [999.6, "1.0 s"],
    [1500, "1.5 s"],
    [12_400, "12 s"],
    [59_960, "1 min"],
    [95_000, "1 min 35 s"],
  ])("%d ms are %s", (milliseconds, text) => {
    expect(plain(durationText(milliseconds))).toBe(text);
  });

  it.each([
    ["2026-01-10T12:00:00Z", "just now"],
    ["2026-01-10T11:57:00Z", "3 minutes ago"],
    ["2026-01-09T12:00:00Z", "yesterday"],
    ["2025-01-10T12:00:00Z", "last year"],
  ])("%s is %s", (instant, text) => {
    expect(relativeText(instant, Date.parse("2026-01-10T12:00:20Z"))).toBe(text);
  });

  it("of cameras are shown as the camera wrote them", () => {
    expect(takenAtText("2024-05-03T17:45:12").replaceAll(/\s/g, " ")).toBe("May 3, 2024 at 5:45 PM");
    expect(takenAtText("some day")).toBe("some day");
  });
});

describe("words", () => {
  it("go with their number", () => {
    expect(countText(1, "photograph")).toBe("1 photograph");
    expect(countText(1200, "retry", "retries")).toBe("1,200 retries");
  });

  it("for formats are the usual ones", () => {
    expect(["webp", "jpeg", "avif"].map(formatText)).toEqual(["WebP", "JPEG", "AVIF"]);
  });

  it("name a file without its extension", () => {
    expect(nameFromFile("Holiday in Bern.JPG")).toBe("Holiday in Bern");
    expect(nameFromFile("v1.2 final")).toBe("v1.2 final");
    expect(nameFromFile(".jpg")).toBe(".jpg");
    expect(nameFromFile("x".repeat(300))).toHaveLength(200);
  });

  it("tell of many images that ended together at once", () => {
    const processed = ["A", "B", "C", "D"].map((name) => ({ name, status: "PROCESSED" as const }));
    expect(outcomeSentences([...processed, { name: "E", status: "REJECTED" }])).toEqual([
      "“A”, “B”, and 2 more are ready.",
      "“E” was rejected.",
    ]);
    expect(outcomeSentences(processed.slice(0, 1))).toEqual(["“A” is ready."]);
  });
});

describe("tags", () => {
  it("are what is between commas, each once, as the API keeps them", () => {
    expect(tagsIn(" Lake,, at the sea ,lake, Zu\u0308rich,")).toEqual(["lake", "at the sea", "zürich"]);
    expect(tagsIn(" , ")).toEqual([]);
  });
});
