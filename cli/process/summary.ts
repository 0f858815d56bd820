/** The table at the end: one row for each file, and why when it was not processed. */
import { basename, isAbsolute, join, relative } from "node:path";
import Table from "cli-table3";
import { createColors } from "picocolors";
import { byteSize, counted } from "../show.ts";
import { displayWidth, printable, shortenMiddle } from "../text.ts";
import type { FileResult } from "./batch.ts";

export interface SummaryOptions {
  out: string;
  /** How wide the terminal is; undefined where there is none, and names are left as they are. */
  columns: number | undefined;
  colours: boolean;
}

interface Column {
  head: string;
  align: "left" | "right";
  cells: string[];
}

const GAP = "  ";
const WIDTH_OF_LOGS = 80;
/** Names are not made shorter than this while another column can go instead. */
const LEAST_NAME_WIDTH = 20;

export function summary(results: FileResult[], { out, columns, colours }: SummaryOptions): string {
  const { green, red, bold } = createColors(colours);
  const names = results.map(({ file }) => printable(file.path));
  const { width, others } = layout(names, columnsOf(results), columns);
  const table = new Table({
    head: ["File", ...others.map(({ head }) => head)].map(bold),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
    colAligns: ["left", ...others.map(({ align }) => align)],
    chars: BORDERLESS,
  });
  for (const [index, { result }] of results.entries()) {
    const paint = result.outcome === "processed" ? green : red;
    const cells = others.map(({ head, cells }) => {
      const cell = cells[index] ?? "";
      return head === "Outcome" ? paint(cell) : cell;
    });
    table.push([shortenMiddle(names[index] ?? "", width), ...cells]);
  }
  const lines = table.toString().split("\n");
  const reasons = results.flatMap(({ file, result }) =>
    "reason" in result ? [`${bold(printable(file.path))}: ${printable(result.reason)}`] : [],
  );
  const processed = results.filter(({ result }) => result.outcome === "processed").length;
  const total = `${processed} of ${counted(results.length, "image")} processed.`;
  return [
    "",
    ...lines.map((line) => line.trimEnd()),
    "",
    ...reasons,
    total,
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
  return [
    more.length > 0
      ? `Results in ${shownFolder(out)}, one folder per image.`
      : `Results in ${shownFolder(first)}`,
  ];
}

function columnsOf(results: FileResult[]) {
  const folders = results.map(({ folder }) => basename(folder ?? ""));
  const column = (head: string, align: Column["align"], cells: string[]): Column => ({ head, align, cells });
  return {
    outcome: column(
      "Outcome",
      "left",
      results.map(({ result }) => result.outcome.toUpperCase()),
    ),
    files: column(
      "Files",
      "right",
      results.map(({ result }) => ("files" in result ? `${result.files}` : "0")),
    ),
    size: column("Size", "right", results.map(sizes)),
    seconds: column(
      "Seconds",
      "right",
      results.map(({ seconds }) => seconds.toFixed(1)),
    ),
    folder: column("Folder", "left", folders),
    shortFolder: column(
      "Folder",
      "left",
      folders.map((id) => (id.length > 9 ? `${id.slice(0, 8)}…` : id)),
    ),
  };
}

function sizes({ file, result }: FileResult): string {
  const before = byteSize(file.bytes);
  return result.outcome === "processed" ? `${before} → ${byteSize(result.bytes)}` : before;
}

/** As many columns as there is room for beside the names, and the width of these. */
function layout(
  names: string[],
  { outcome, files, size, seconds, folder, shortFolder }: ReturnType<typeof columnsOf>,
  columns: number | undefined,
): { width: number; others: Column[] } {
  const longest = Math.max("File".length, ...names.map(displayWidth));
  const all = [outcome, files, size, seconds, folder];
  const lean = [outcome, files, size, seconds, shortFolder];
  const choices = [all, lean, [outcome, files, size, seconds], [outcome, size], [outcome]];
  const roomBeside = (others: Column[]) =>
    (columns ?? WIDTH_OF_LOGS) - others.reduce((sum, each) => sum + GAP.length + widthOf(each), 0);
  if (columns === undefined) return { width: longest, others: roomBeside(all) >= longest ? all : lean };
  const fitting =
    choices.slice(0, 2).find((others) => roomBeside(others) >= longest) ??
    choices.slice(1).find((others) => roomBeside(others) >= Math.min(longest, LEAST_NAME_WIDTH)) ??
    [];
  return { width: Math.max(1, Math.min(longest, roomBeside(fitting))), others: fitting };
}

function widthOf({ head, cells }: Column): number {
  return Math.max(...[head, ...cells].map(displayWidth));
}

const BORDERLESS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: GAP,
};
