/** `npm run costs`: what it costs to run this, from what is measured here and AWS's prices. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { script } from "../script.ts";
import { measure } from "./measure.ts";
import { recorded } from "./measured.ts";
import { blocksOf, writeMeasured, writePage } from "./page.ts";

const { page, write } = script(
  "costs",
  "Prints what docs/costs.md has to say of the measurement that is recorded.",
)
  .option("--page", "write it there, after a price or a word was changed")
  .option("--write", "measure anew, and write measurement and page")
  .parse()
  .opts<{ page?: true; write?: true }>();

if (write) {
  const folder = mkdtempSync(join(tmpdir(), "costs-"));
  try {
    writeMeasured(await measure(folder, console.error));
    // By a process of its own: what is simulated for the page begins with the measurement that was loaded.
    execFileSync(process.execPath, [import.meta.filename, "--page"], { stdio: "inherit" });
  } finally {
    rmSync(folder, { recursive: true });
  }
} else if (page) writePage(recorded);
else console.log(Object.values(blocksOf(recorded)).join("\n\n"));
