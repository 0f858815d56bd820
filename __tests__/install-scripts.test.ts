import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectFolder } from "./fixtures/stack.ts";

const read = (path: string) => JSON.parse(readFileSync(join(projectFolder, path), "utf8"));

it("install scripts are run or refused by name: package.json `allowScripts` has every package that brings one", () => {
  const { allowScripts }: { allowScripts: Record<string, boolean> } = read("package.json");
  expect(withInstallScripts("package-lock.json")).toEqual(
    Object.keys(allowScripts).map(withoutVersion).toSorted(),
  );
});

it("the layer is made of packages without install scripts: they are not run there", () => {
  expect(withInstallScripts("stacks/assets/sharp-layer/package-lock.json")).toEqual([]);
});

/** Names, without the project's own. */
function withInstallScripts(lockfile: string): string[] {
  const { packages }: { packages: Record<string, { hasInstallScript?: boolean }> } = read(lockfile);
  const paths = Object.keys(packages).filter((path) => path !== "" && packages[path]?.hasInstallScript);
  return [...new Set(paths.map((path) => path.replace(/^.*node_modules\//, "")))].sort();
}

/** A script can be allowed for one version only: `node@24.21.0`. */
function withoutVersion(spec: string): string {
  return spec.replace(/(?<=.)@.*$/, "");
}
