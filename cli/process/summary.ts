/** The table at the end: one row for each file, and why when it was not processed. */
import { basename, isAbsolute, join, relative } from "node:path";
import { createColors } from "picocolors";
import { type Column, GAP, paddedRows, widthOf } from "../table.ts";
import { byteSize, counted, printable, shortenMiddle } from "../text.ts";
import type { FileResult } from "./batch.ts";

export interface SummaryOptions {
  out: string;
  /** How wide the terminal is; undefined where there is none, and nothing is shortened. */
  columns: number | undefined;
  colours: boolean;
}

/** Names are not made shorter than this while another column can go instead. */
const LEAST_NAME_WIDTH = 20;

export function summary(results: FileResult[], { out, columns, colours }: SummaryOptions): string {
  const { green, red, bold } = createColors(colours);
  const [head = [], ...rows] = paddedRows(tableOf(results, columns ?? Number.POSITIVE_INFINITY));
  const painted = rows.map((cells, index) => {
    const { result, uncopied } = results[index] ?? {};
    const paint = result?.outcome === "processed" && uncopied === undefined ? green : red;
    return cells.map((cell, column) => (column === 1 ? paint(cell) : cell));
  });
  const reasons = results.flatMap(({ file, result, uncopied }) =>
    [...("reason" in result ? [result.reason] : []), ...(uncopied ? [uncopied] : [])].map(
      (reason) => `${bold(printable(file.path))}: ${printable(reason)}`,
    ),
  );
  const processed = results.filter(({ result }) => result.outcome === "processed").length;
  return [
    "",
    ...[head.map(bold), ...painted].map((cells) => cells.join(GAP).trimEnd()),
    "",
    ...reasons,
    `${processed} of ${counted(results.length, "image")} processed.`,
    ...whereabouts(results, out),
  ].join("\n");
}

/** The folder as a person would type it: from where they are, or from the root when it is elsewhere. */
export function shownFolder(folder: string): string {
  const path = relative("", folder);
  const shown = path.startsWith("..") || isAbsolute(path) ? folder : path;
  return printable(join(shown || ".", "/"));
}

function whereabouts(results: FileResult[], out: string): string[] {
  const [first, ...more] = results.flatMap(({ folder }) => folder ?? []);
  if (first === undefined) return [];
  const isOne = more.length === 0;
  return [
    isOne ? `Results in ${shownFolder(first)}` : `Results in ${shownFolder(out)}, one folder per image.`,
  ];
}

/** As many columns as there is room for beside the names; first the names, then the outcome. */
function tableOf(results: FileResult[], room: number): Column[] {
  const column = (head: string, cell: (result: FileResult) => string, isFigure = false): Column => ({
    head,
    cells: results.map(cell),
    isFigure,
  });
  const outcome = column(
    "Outcome",
    ({ result, uncopied }) => `${result.outcome.toUpperCase()}${uncopied ? ", not copied" : ""}`,
  );
  const variants = column(
    "Variants",
    ({ result }) => `${result.outcome === "processed" ? result.variants : 0}`,
    true,
  );
  const size = column("Size", sizes, true);
  const seconds = column("Wait + work", (result) => `${result.seconds.toFixed(1)} s`, true);
  const folder = column("Folder", (result) => basename(result.folder ?? "").replace(/^(.{8}).{2,}/, "$1…"));
  const name = column("File", ({ file }) => printable(file.path));
  const roomBeside = (others: Column[]) =>
    room - others.reduce((sum, other) => sum + GAP.length + widthOf(other), 0);
  const choices = [
    [outcome, variants, size, seconds, folder],
    [outcome, variants, size, seconds],
    [outcome, size],
    [outcome],
  ];
  const least = Math.min(widthOf(name), LEAST_NAME_WIDTH);
  const others = choices.find((choice) => roomBeside(choice) >= least) ?? [];
  const nameWidth = Math.max(1, Math.min(widthOf(name), roomBeside(others)));
  return [{ head: name.head, cells: name.cells.map((cell) => shortenMiddle(cell, nameWidth)) }, ...others];
}

function sizes({ file, result }: FileResult): string {
  const before = byteSize(file.bytes);
  return result.outcome === "processed" ? `${before} → ${byteSize(result.bytes)}` : before;
}
