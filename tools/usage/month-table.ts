/** What users have used, as a table for a terminal. */
import { byteSize, counted, printable } from "../../cli/text.ts";
import { dollarsFor } from "../../stacks/costs/prices.ts";
import { ASSUMED, BYTES_PER_GB } from "../costs/assumptions.ts";
import { DEFAULT_KIND, linesFor, processing, THOUSAND, typical } from "../costs/image-tables.ts";
import { totalOf } from "../costs/lines.ts";
import { recorded } from "../costs/measured.ts";
import type { UsersMonth } from "./sum.ts";

const GAP = "  ";

/** Those who cost most come first. */
export function monthTable(users: UsersMonth[], { month, most }: { month: string; most: number }): string {
  if (users.length === 0) return `Nobody has used anything in ${month}.`;
  const costly = users.toSorted((a, b) => dollarsOf(b) - dollarsOf(a) || a.owner.localeCompare(b.owner));
  const sum = users.reduce((total, user) => ({
    owner: counted(users.length, "user"),
    images: total.images + user.images,
    changes: total.changes + user.changes,
    bytesStored: total.bytesStored + user.bytesStored,
  }));
  const head = ["user", "images", "changes", "stored", "about"];
  const rows = [...costly.slice(0, most), { ...sum, owner: counted(users.length, "user") }].map(rowOf);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join(GAP)
      .trimEnd();
  const others = users.length - most;
  return [
    line(head),
    ...rows.slice(0, -1).map(line),
    ...(others > 0 ? [`and ${counted(others, "other")}`] : []),
    ...rows.slice(-1).map(line),
    "",
    `${month}. Dollars are those of docs/costs.md, as if each image had 12 megapixels: processing, and a month of what is stored now.`,
  ].join("\n");
}

function rowOf(user: UsersMonth): string[] {
  const { owner, images, changes, bytesStored } = user;
  return [
    printable(owner),
    images.toLocaleString("en"),
    changes.toLocaleString("en"),
    byteSize(bytesStored),
    `$${dollarsOf(user).toFixed(4)}`,
  ];
}

/** Variants and all else are in the price of an image; what is kept of it, by the month, are the originals. */
function dollarsOf({ images, bytesStored }: UsersMonth): number {
  return (images * perThousand()) / THOUSAND + dollarsFor("s3Standard", bytesStored / BYTES_PER_GB);
}

function perThousand(): number {
  return totalOf(processing(linesFor(recorded, typical(recorded), DEFAULT_KIND, ASSUMED)), THOUSAND);
}
