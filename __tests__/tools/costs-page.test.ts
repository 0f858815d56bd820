import { describe, expect, it } from "vitest";
import basis from "../../stacks/costs/basis.json" with { type: "json" };
import { estimateExpression } from "../../stacks/costs/estimate.ts";
import { ACCESS_LOG_DAYS, ASSUMED, LIFECYCLE_MONTHS } from "../../tools/costs/assumptions.ts";
import { linesOf, totalOf } from "../../tools/costs/lines.ts";
import { currentSettings } from "../../tools/costs/measure.ts";
import { recorded, STEPS } from "../../tools/costs/measured.ts";
import { blocksOf, fill, readPage } from "../../tools/costs/page.ts";
import { estimateBasis } from "../../tools/costs/price-tables.ts";
import { usageOf } from "../../tools/costs/usage.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const WRITE = "npm run costs -- --page writes it anew";
const MEASURE = "npm run costs -- --write measures anew";

describe("docs/costs.md", () => {
  it("says what follows from the measurement and the prices", () => {
    expect(readPage(), WRITE).toBe(fill(readPage(), blocksOf(recorded)));
  });

  it("was measured with the settings that the project has", () => {
    expect(recorded.settings, MEASURE).toEqual(currentSettings());
  });

  it("has originals grow old as the project has it", () => {
    const { retention } = defaultSettings;
    expect(retention.originals).toEqual({
      infrequentAccessDays: 30 * LIFECYCLE_MONTHS.standardIa,
      archiveDays: 30 * LIFECYCLE_MONTHS.archive,
      archiveClass: "GLACIER_IR",
    });
    expect(retention.accessLogDays).toBe(ACCESS_LOG_DAYS);
  });

  it("cannot ask for what there is not, nor leave out what there is", () => {
    expect(() => fill("<!-- costs: nothing -->\n<!-- end -->", {})).toThrow("nothing");
    expect(() => fill("", { month: "" })).toThrow("month");
    expect(fill("a\n<!-- costs: month -->\nold\n<!-- end -->\nz", { month: "new" })).toBe(
      "a\n<!-- costs: month -->\n\nnew\n\n<!-- end -->\nz",
    );
  });
});

describe("the dashboard's estimate", () => {
  const photograph = recorded.photographs.find(({ megapixels }) => megapixels === 12);
  if (photograph === undefined) throw new Error("No photograph of 12 megapixels was measured.");
  const usage = usageOf(photograph, recorded, ASSUMED);

  it("is made of the same measurement", () => {
    expect(basis, WRITE).toEqual(estimateBasis(recorded));
  });

  it.each(["STANDARD", "EXPRESS"] as const)("comes to what a thousand images cost as %s", (workflowType) => {
    const kind = { workflowType, architecture: "arm64" } as const;
    const expression = estimateExpression({
      functions: STEPS.map((step, index) => ({
        durationMs: `d${index}`,
        invocations: `n${index}`,
        memoryMb: recorded.settings.memoryMb[step],
      })),
      images: "images",
      ...kind,
    });
    const images = 250;
    const sums = new Map<string, number>([["images", images]]);
    for (const [index, step] of STEPS.entries()) {
      sums.set(`d${index}`, images * (usage.lambda[step].invokeMs + usage.lambda[step].initMs));
      sums.set(`n${index}`, images);
    }
    const processing = linesOf(usage, kind).filter((line) => line.kind === "processing");
    expect(evaluate(expression, sums)).toBeCloseTo(totalOf(processing, 1000), 6);
  });
});

/** Of metric math: numbers, ids, FILL, and what arithmetic has. */
function evaluate(expression: string, sums: Map<string, number>): number {
  const filled = expression
    .replaceAll(/FILL\((\w+),0\)/g, "$1")
    .replaceAll(/[a-z]\w*/g, (id) => String(sums.get(id) ?? Number.NaN));
  expect(filled).toMatch(/^[\d.+*/()]+$/);
  const value: unknown = new Function(`return ${filled}`)();
  return Number(value);
}
