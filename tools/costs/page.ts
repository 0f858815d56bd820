/** docs/costs.md: its words are written by hand, and what stands between two marks is put there. */
import { readFileSync, writeFileSync } from "node:fs";
import { date, region } from "../../stacks/costs/prices.ts";
import { assumptionsTable } from "./assumption-table.ts";
import { crowdTable } from "./crowd-table.ts";
import {
  headline,
  kindsTable,
  latencyTable,
  measuredTable,
  sensitivityTable,
  thousandTable,
  workflowTable,
} from "./image-tables.ts";
import type { Measured } from "./measured.ts";
import {
  concurrencyLine,
  fixedTable,
  monthTable,
  optionsTable,
  quotasTable,
  webTable,
} from "./month-tables.ts";
import { estimateBasis, estimateLine, pricesTable } from "./price-tables.ts";

const PAGE = new URL("../../docs/costs.md", import.meta.url);
const MEASURED = new URL("measured.json", import.meta.url);
const BASIS = new URL("../../stacks/costs/basis.json", import.meta.url);

/** By the name of their mark. */
export function blocksOf(measured: Measured): Record<string, string> {
  return {
    headline: headline(measured),
    thousand: thousandTable(measured),
    kinds: kindsTable(measured),
    workflow: workflowTable(measured),
    measured: `${measuredTable(measured)}\n\nMeasured on ${measured.date}: ${measured.machine}.`,
    latency: latencyTable(measured),
    assumptions: assumptionsTable(),
    sensitivity: sensitivityTable(measured),
    month: monthTable(measured),
    fixed: fixedTable(measured),
    options: optionsTable(measured),
    web: webTable(measured),
    crowd: crowdTable(),
    quotas: `${quotasTable(measured)}\n\n${concurrencyLine(measured)}`,
    estimate: estimateLine(measured),
    prices: `${pricesTable()}\n\nRegion ${region}, ${date}.`,
  };
}

/** @throws when the page asks for a block that there is not, or does not ask for one that there is. */
export function fill(page: string, blocks: Record<string, string>): string {
  const unused = new Set(Object.keys(blocks));
  const filled = page.replaceAll(
    /(?<=<!-- costs: (\w+) -->\n)[\s\S]*?(?=<!-- end -->)/g,
    (_, name: string) => {
      const block = blocks[name];
      if (block === undefined) throw new Error(`docs/costs.md asks for "${name}", which there is not.`);
      unused.delete(name);
      return `\n${block}\n\n`;
    },
  );
  if (unused.size > 0) throw new Error(`docs/costs.md does not ask for ${[...unused].join(", ")}.`);
  return filled;
}

export function readPage(): string {
  return readFileSync(PAGE, "utf8");
}

export function writePage(measured: Measured): void {
  writeFileSync(PAGE, fill(readPage(), blocksOf(measured)));
  writeFileSync(BASIS, json(estimateBasis(measured)));
}

export function writeMeasured(measured: Measured): void {
  writeFileSync(MEASURED, json(measured));
}

/** As Biome has it: lists of words on one line. */
function json(value: unknown): string {
  const spread = JSON.stringify(value, undefined, 2);
  const lists = spread.replaceAll(
    /\[\n\s+("[^\]{[]*")\n\s+\]/g,
    (_, items: string) => `[${items.replaceAll(/,\n\s+/g, ", ")}]`,
  );
  return `${lists}\n`;
}
