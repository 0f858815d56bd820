/** What users have used, as a table for a terminal. */
import { type Column, GAP, paddedRows } from "../../cli/table.ts";
import { byteSize, counted, printable } from "../../cli/text.ts";
import { dollarsFor } from "../../stacks/costs/prices.ts";
import { ASSUMED, BYTES_PER_GB } from "../costs/assumptions.ts";
import { DEFAULT_KIND, linesFor, processing, THOUSAND, typical } from "../costs/image-tables.ts";
import { totalOf } from "../costs/lines.ts";
import { recorded } from "../costs/measured.ts";
import type { UsersMonth } from "./sum.ts";

/** Those who cost most come first. */
export function monthTable(users: UsersMonth[], { month, most }: { month: string; most: number }): string {
  if (users.length === 0) return `Nobody has used anything in ${month}.`;
  const costly = users.toSorted((a, b) => dollarsOf(b) - dollarsOf(a) || a.owner.localeCompare(b.owner));
  const sumOf = (figure: "images" | "changes" | "bytesStored") =>
    users.reduce((sum, user) => sum + user[figure], 0);
  const all: UsersMonth = {
    owner: counted(users.length, "user"),
    images: sumOf("images"),
    changes: sumOf("changes"),
    bytesStored: sumOf("bytesStored"),
  };
  const shown = [...costly.slice(0, most), all];
  const column = (head: string, cell: (user: UsersMonth) => string, isFigure = true): Column => ({
    head,
    cells: shown.map(cell),
    isFigure,
  });
  const [head = "", ...rows] = paddedRows([
    column("user", ({ owner }) => printable(owner), false),
    column("images", ({ images }) => images.toLocaleString("en")),
    column("changes", ({ changes }) => changes.toLocaleString("en")),
    column("stored", ({ bytesStored }) => byteSize(bytesStored)),
    column("about", (user) => `$${dollarsOf(user).toFixed(4)}`),
  ]).map((cells) => cells.join(GAP));
  const others = users.length - most;
  return [
    head,
    ...rows.slice(0, -1),
    ...(others > 0 ? [`and ${counted(others, "other")}`] : []),
    ...rows.slice(-1),
    "",
    `${month}. Dollars are those of docs/costs.md, as if each image had 12 megapixels: processing, and a month of what is stored now.`,
  ].join("\n");
}

/** Variants and all else are in the price of an image; what is kept of it, by the month, are the originals. */
function dollarsOf({ images, bytesStored }: UsersMonth): number {
  return (images * perThousand()) / THOUSAND + dollarsFor("s3Standard", bytesStored / BYTES_PER_GB);
}

function perThousand(): number {
  return totalOf(processing(linesFor(recorded, typical(recorded), DEFAULT_KIND, ASSUMED)), THOUSAND);
}
