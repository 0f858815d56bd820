/** One function's code as an archive: a minified ES module, its source map, and the files it reads. */
import { join } from "node:path";
import { buildSync } from "esbuild";
import { type Archive, type ArchiveFiles, writeArchive } from "./archive.ts";
import { CACHE_FOLDER, PROJECT_FOLDER } from "./paths.ts";

/**
 * @param name the function's folder in `functions/`.
 * @param files further files to lie beside the bundle.
 */
export function bundleFunction(name: string, files: ArchiveFiles): Archive {
  const { outputFiles } = buildSync({
    absWorkingDir: PROJECT_FOLDER,
    entryPoints: [`functions/${name}/handler.ts`],
    outfile: "index.mjs",
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
  const bundle = Object.fromEntries(
    outputFiles.map(({ path, contents }) => [
      path.endsWith(".map") ? "index.mjs.map" : "index.mjs",
      contents,
    ]),
  );
  return writeArchive(join(CACHE_FOLDER, "functions"), name, { ...bundle, ...files });
}
