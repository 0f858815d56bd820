/** The functions' code as archives: a minified ES module, its source map, and the files it reads. */
import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { type Archive, type ArchiveFiles, writeArchive } from "./archive.ts";
import { CACHE_FOLDER, PROJECT_FOLDER } from "./paths.ts";

/**
 * @param name the function's folder in `functions/`.
 * @param files further files to lie beside the bundle.
 */
export function bundleFunction(name: string, files: ArchiveFiles): Archive {
  bundles ??= bundleAll();
  const bundle = bundles.get(name);
  if (bundle === undefined) throw new Error(`There is no functions/${name}/handler.ts.`);
  return writeArchive(join(CACHE_FOLDER, "functions"), name, { ...bundle, ...files });
}

/** A thread of a function has a bundle of its own. */
const outputNameOf = (path: string) => {
  const name = basename(path, ".ts");
  return name === "handler" ? "index" : name;
};

let bundles: Map<string, ArchiveFiles> | undefined;

/** All in one go: what they share is parsed once. */
function bundleAll(): Map<string, ArchiveFiles> {
  const { outputFiles } = buildSync({
    absWorkingDir: PROJECT_FOLDER,
    entryPoints: globSync("functions/*/{handler,*-worker}.ts", { cwd: PROJECT_FOLDER })
      .sort()
      .map((path) => ({ in: path, out: join(basename(dirname(path)), outputNameOf(path)) })),
    outdir: ".",
    outExtension: { ".js": ".mjs" },
    write: false,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "esm",
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    mainFields: ["module", "main"],
    alias: { sharp: join(PROJECT_FOLDER, "functions/shared/sharp-from-layer.ts") },
    // Bundled CommonJS packages call `require` for Node's own modules.
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  const bundled = new Map<string, ArchiveFiles>();
  for (const { path, contents } of outputFiles) {
    const name = basename(dirname(path));
    bundled.set(name, { ...bundled.get(name), [basename(path)]: contents });
  }
  return bundled;
}
