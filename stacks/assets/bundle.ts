/** The functions' code as archives: a minified ES module, its source map, and the files it reads. */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { buildSync } from "esbuild";
import { type Archive, type ArchiveFiles, filesUnder, writeArchive } from "./archive.ts";
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

/** What is left of sources in the bundles, by their paths from the project's folder: packages among them. */
export function bundledSources(): string[] {
  bundles ??= bundleAll();
  const sources = bundles.get(".")?.[SOURCES_FILE];
  return sources === undefined ? [] : JSON.parse(Buffer.from(sources).toString());
}

/** Beside the folders of the functions. */
const SOURCES_FILE = "sources.json";

/** A thread of a function has a bundle of its own. */
const outputNameOf = (path: string) => {
  const name = basename(path, ".ts");
  return name === "handler" ? "index" : name;
};

let bundles: Map<string, ArchiveFiles> | undefined;

/** Those that an earlier run made of the same sources, or new ones. */
function bundleAll(): Map<string, ArchiveFiles> {
  const folder = bundleFolder();
  if (!existsSync(folder)) build(folder);
  const bundled = new Map<string, ArchiveFiles>();
  for (const [path, contents] of Object.entries(filesUnder(folder, () => true))) {
    const name = dirname(path);
    bundled.set(name, { ...bundled.get(name), [basename(path)]: contents });
  }
  return bundled;
}

/** Where bundles of these sources are kept. */
export function bundleFolder(): string {
  return join(CACHE_FOLDER, "bundles", sourceHash());
}

/** Of what is bundled, with the versions of packages, and of how. */
function sourceHash(): string {
  const hash = createHash("sha256");
  const sources = filesUnder(join(PROJECT_FOLDER, "functions"), (name) => name.endsWith(".ts"));
  for (const [name, bytes] of Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash
    .update(readFileSync(join(PROJECT_FOLDER, "package-lock.json")))
    .update(readFileSync(import.meta.filename))
    .digest("hex")
    .slice(0, 16);
}

/** All in one go: what they share is parsed once. Half of it is never found under the final name. */
function build(folder: string): void {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: PROJECT_FOLDER,
    entryPoints: globSync("functions/*/{handler,*-worker}.ts", { cwd: PROJECT_FOLDER })
      .sort()
      .map((path) => ({ in: path, out: join(basename(dirname(path)), outputNameOf(path)) })),
    outdir: ".",
    outExtension: { ".js": ".mjs" },
    write: false,
    bundle: true,
    minify: true,
    // For stack traces. A source map would say more, and be read whenever a process starts.
    keepNames: true,
    platform: "node",
    target: "node24",
    format: "esm",
    metafile: true,
    legalComments: "none",
    mainFields: ["module", "main"],
    alias: {
      sharp: join(PROJECT_FOLDER, "functions/shared/sharp-from-layer.ts"),
      "node:http": join(PROJECT_FOLDER, "functions/shared/http-from-node.ts"),
      "node:process": join(PROJECT_FOLDER, "functions/shared/process-from-node.ts"),
      "@aws-sdk/credential-provider-node": join(
        PROJECT_FOLDER,
        "functions/shared/credentials-from-environment.ts",
      ),
    },
    // Bundled CommonJS packages call `require` for Node's own modules.
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  // Not by mkdtemp, whose folders nobody else on the machine may read.
  const draft = `${folder}.${randomUUID()}`;
  mkdirSync(draft, { recursive: true });
  for (const { path, contents } of outputFiles) {
    const target = join(draft, relative(PROJECT_FOLDER, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
  const left = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  writeFileSync(join(draft, SOURCES_FILE), JSON.stringify([...new Set(left)].sort()));
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true });
    // Another process made the same meanwhile.
    if (!existsSync(folder)) throw error;
  }
}
