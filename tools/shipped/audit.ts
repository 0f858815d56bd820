/**
 * `npm run audit:shipped`: known vulnerabilities of what ships. To npm everything here is for development, so
 * `npm audit --omit=dev` finds nothing, and without that it also finds what only builds and tests.
 *
 * Exit code 0: none known, 1: some, 2: the registry could not be asked.
 */
import { join } from "node:path";
import { PROJECT_FOLDER } from "../../stacks/assets/paths.ts";
import { script } from "../script.ts";
import { type Advisory, advisoriesFor, NoAudit } from "./advisories.ts";
import { shippedPackages } from "./packages.ts";

script("audit:shipped", "Asks the npm registry whether anything is known against what ships.").parse();
try {
  process.exitCode = report(findAdvisories());
} catch (error) {
  if (!(error instanceof NoAudit)) throw error;
  console.error(`The npm registry could not be asked for known vulnerabilities: ${error.message}`);
  process.exitCode = 2;
}

/** The layer is installed from a lockfile of its own. */
function findAdvisories() {
  const { layer, ...others } = shippedPackages();
  const bundled = Object.values(others).flat();
  const found = [
    ...advisoriesFor(PROJECT_FOLDER, bundled),
    ...advisoriesFor(join(PROJECT_FOLDER, "stacks/assets/sharp-layer"), layer),
  ];
  return { packages: bundled.length + layer.length, found };
}

function report({ packages, found }: { packages: number; found: Advisory[] }): 0 | 1 {
  if (found.length === 0) {
    console.log(`Nothing is known against the ${packages} packages that ship.`);
    return 0;
  }
  for (const { name, version, severity, title, url } of found)
    console.log(`${name} ${version}, ${severity}: ${title}\n  ${url}`);
  return 1;
}
