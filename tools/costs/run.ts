/**
 * `npm run costs` prints what docs/costs.md has to say of the measurement that is recorded. `-- --page` writes it there, after a
 * price or a word was changed; `-- --write` measures anew, and writes both.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./measure.ts";
import { recorded } from "./measured.ts";
import { blocksOf, writeMeasured, writePage } from "./page.ts";

const folder = mkdtempSync(join(tmpdir(), "costs-"));
try {
  if (process.argv.includes("--write")) {
    const measured = await measure(folder, console.error);
    writeMeasured(measured);
    writePage(measured);
  } else if (process.argv.includes("--page")) writePage(recorded);
  else console.log(Object.values(blocksOf(recorded)).join("\n\n"));
} finally {
  rmSync(folder, { recursive: true });
}
