/** The table at the end: one row for each file, and why when it was not processed. */
import { basename, isAbsolute, join, relative } from "node:path";
import { createColors } from "picocolors";
import stringWidth from "string-width";
import { byteSize, counted, printable, shortenMiddle } from "../text.ts";
import type { FileResult } from "./batch.ts";

export interface SummaryOptions {
  out: string;
  /** How wide the terminal is; undefined where there is none, and nothing is shortened. */
  columns: number | undefined;
  colours: boolean;
}

interface Column {
  head: string;
  align: "left" | "right";
  cells: string[];
}

const GAP = "  ";
/** Names are not made shorter than this while another column can go instead. */
const LEAST_NAME_WIDTH = 32;

export function summary(results: FileResult[], { out, columns, colours }: SummaryOptions): string {
  const { green, red, bold } = createColors(colours);
  const names = results.map(({ file }) => printable(file.path));
  const { nameWidth, others } = layout(names, results, columns);
  const file: Column = {
    head: "File",
    align: "left",
    cells: names.map((name) => shortenMiddle(name, nameWidth)),
  };
  const table = [file, ...others].map(padded);
  const rows = results.map(({ result }, index) => {
    const paint = result.outcome === "processed" ? green : red;
    return table.map(({ head, cells }) =>
      head.trim() === OUTCOME ? paint(cells[index] ?? "") : cells[index],
    );
  });
  const reasons = results.flatMap(({ file, result }) =>
    "reason" in result ? [`${bold(printable(file.path))}: ${printable(result.reason)}`] : [],
  );
  const processed = results.filter(({ result }) => result.outcome === "processed").length;
  return [
    "",
    ...[table.map(({ head }) => bold(head)), ...rows].map((cells) => cells.join(GAP).trimEnd()),
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

const OUTCOME = "Outcome";

/** As many columns as there is room for beside the names, and the width of these. */
function layout(
  names: string[],
  results: FileResult[],
  columns: number | undefined,
): { nameWidth: number; others: Column[] } {
  const column = (head: string, align: Column["align"], cell: (result: FileResult) => string): Column => ({
    head,
    align,
    cells: results.map(cell),
  });
  const folderOf = ({ folder }: FileResult) => basename(folder ?? "");
  const outcome = column(OUTCOME, "left", ({ result }) => result.outcome.toUpperCase());
  const files = column("Files", "right", ({ result }) => ("files" in result ? `${result.files}` : "0"));
  const size = column("Size", "right", sizes);
  const seconds = column("Seconds", "right", (result) => result.seconds.toFixed(1));
  const folder = column("Folder", "left", folderOf);
  const shortFolder = column("Folder", "left", (result) => folderOf(result).replace(/^(.{8}).{2,}/, "$1…"));
  const longest = Math.max("File".length, ...names.map((name) => stringWidth(name)));
  const all = [outcome, files, size, seconds, folder];
  if (columns === undefined) return { nameWidth: longest, others: all };
  const lean = [outcome, files, size, seconds];
  const roomBeside = (others: Column[]) =>
    columns - others.reduce((sum, { head, cells }) => sum + GAP.length + widthOf([head, ...cells]), 0);
  const others =
    [all, [...lean, shortFolder], lean, [outcome, size], [outcome]].find(
      (choice) => roomBeside(choice) >= Math.min(longest, LEAST_NAME_WIDTH),
    ) ?? [];
  return { nameWidth: Math.max(1, Math.min(longest, roomBeside(others))), others };
}

function sizes({ file, result }: FileResult): string {
  const before = byteSize(file.bytes);
  return result.outcome === "processed" ? `${before} → ${byteSize(result.bytes)}` : before;
}

/** With head and cells of one width. */
function padded({ head, align, cells }: Column): Column {
  const width = widthOf([head, ...cells]);
  const pad = (text: string) => {
    const space = " ".repeat(width - stringWidth(text));
    return align === "left" ? text + space : space + text;
  };
  return { head: pad(head), align, cells: cells.map(pad) };
}

function widthOf(texts: string[]): number {
  return Math.max(...texts.map((text) => stringWidth(text)));
}
