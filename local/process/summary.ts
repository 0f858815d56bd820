/** The table at the end: one row for each file, and why when it was not processed. */
import Table from "cli-table3";
import { createColors } from "picocolors";
import { byteSize, counted, takesColours } from "../show.ts";
import type { FileResult } from "./batch.ts";

export function summary(results: FileResult[]): string {
  const { green, red, bold } = createColors(takesColours(process.stdout));
  const table = new Table({
    head: ["File", "Outcome", "Files", "Size", "Seconds", "Results"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "left", "right", "right", "right", "left"],
  });
  for (const { file, result, seconds, folder = "" } of results) {
    const outcome = result.outcome.toUpperCase();
    const isProcessed = result.outcome === "processed";
    const size = isProcessed ? `${byteSize(file.bytes)} → ${byteSize(result.bytes)}` : byteSize(file.bytes);
    table.push([
      file.path,
      isProcessed ? green(outcome) : red(outcome),
      isProcessed ? result.files : 0,
      size,
      seconds.toFixed(1),
      folder,
    ]);
  }
  const reasons = results.flatMap(({ file, result }) =>
    "reason" in result ? [`${bold(file.path)}: ${result.reason}`] : [],
  );
  const processed = results.filter(({ result }) => result.outcome === "processed").length;
  const total = `${processed} of ${counted(results.length, "image")} processed.`;
  return ["", table.toString(), ...reasons, total].join("\n");
}
