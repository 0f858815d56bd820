/** The prices, with where they are from; and the estimate for the dashboard. */

import { type EstimateBasis, estimateExpression } from "../../stacks/costs/estimate.ts";
import { type Price, prices } from "../../stacks/costs/prices.ts";
import { ASSUMED } from "./assumptions.ts";
import { count, table } from "./format.ts";
import { DEFAULT_KIND, linesFor, processing, THOUSAND, typical } from "./image-tables.ts";
import { type Kind, type Line, totalOf } from "./lines.ts";
import { type Measured, STEPS } from "./measured.ts";

export function pricesTable(): string {
  const all: Price[] = Object.values(prices);
  const rows = all.map(({ service, what, per, dollars, over = [], source, seen, seenOn, note }) => [
    service,
    per === 1 ? what : `${count(per)} x ${what}`,
    `$${dollars}`,
    over.map((tier) => `over ${volume(tier.units)}: $${tier.dollars}`).join(", "),
    `[list](${source})`,
    `${seen === null ? "not verified" : `[${seenOn}](${seen})`}${note === undefined ? "" : `; ${note}`}`,
  ]);
  return table(["service", "what", "price", "further tiers", "AWS", "seen"], rows);
}

function volume(units: number): string {
  return units >= 1e9 ? `${units / 1e9} billion` : count(units);
}

export function estimateBasis(measured: Measured): EstimateBasis {
  const photograph = typical(measured);
  const linesOf = (workflowType: Kind["workflowType"]) =>
    processing(linesFor(measured, photograph, { ...DEFAULT_KIND, workflowType }, ASSUMED));
  const isOther = ({ service }: Line) => service !== "Lambda" && service !== "Step Functions";
  const dollars = (lines: Line[]) => Number((totalOf(lines, THOUSAND) / THOUSAND).toPrecision(6));
  const isOf = (wanted: Line["service"]) => (line: Line) => line.service === wanted;
  return {
    measuredOn: measured.date,
    transitions: photograph.states,
    expressDollars: dollars(linesOf("EXPRESS").filter(isOf("Step Functions"))),
    lambdaDollars: dollars(linesOf("STANDARD").filter(isOf("Lambda"))),
    otherDollars: dollars(linesOf("STANDARD").filter(isOther)),
  };
}

/** The expression as a dashboard of this stack would have it, for people to read. */
export function estimateLine(measured: Measured): string {
  const functions = STEPS.map((step, index) => ({
    durationMs: `d${index}`,
    invocations: `n${index}`,
    memoryMb: measured.settings.memoryMb[step],
  }));
  const expression = estimateExpression(
    { functions, images: "images", ...DEFAULT_KIND },
    estimateBasis(measured),
  );
  const ids = STEPS.map((step, index) => `d${index}, n${index}: \`Duration\` and \`Invocations\` of ${step}`);
  return `\`\`\`text\n${expression.replaceAll(/\+(?=FILL\(d)|\+(?=[\d.]+\)$)/g, "\n  +")}\n\`\`\`\n\n${ids.join("; ")}.`;
}
