/** The Lambda layer with sharp, built from npm for the functions' architecture, whatever machine builds it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Archive, filesUnder, writeArchive } from "./archive.ts";
import { CACHE_FOLDER, PROJECT_FOLDER } from "./paths.ts";

export type Architecture = "arm64" | "x86_64";

const MANIFESTS = join(PROJECT_FOLDER, "stacks/assets/sharp-layer");
const LAYERS = join(CACHE_FOLDER, "layers");
const NPM_CPU: Record<Architecture, string> = { arm64: "arm64", x86_64: "x64" };

/**
 * Gives the archive that an earlier run built for the same lockfile, or builds it, which needs the npm registry.
 * `npm ci` of the project builds the one for the default architecture ahead (see build-sharp-layer.ts).
 */
export function sharpLayer(architecture: Architecture): Archive {
  const lockfile = readFileSync(join(MANIFESTS, "package-lock.json"));
  const id = createHash("sha256").update(RECIPE).update(lockfile).digest("hex").slice(0, 16);
  const note = join(LAYERS, `sharp-${architecture}-${id}.json`);
  if (existsSync(note)) {
    const built = archiveSchema.parse(JSON.parse(readFileSync(note, "utf8")));
    const path = join(LAYERS, built.file);
    if (existsSync(path)) return { path, sha256: built.sha256 };
  }
  const archive = build(architecture);
  writeFileSync(
    note,
    JSON.stringify({ file: archive.path.slice(LAYERS.length + 1), sha256: archive.sha256 }),
  );
  return archive;
}

const archiveSchema = z.object({ file: z.string(), sha256: z.string() });

/** Changed when the layer is built in another way from the same lockfile. */
const RECIPE = "2";

function build(architecture: Architecture): Archive {
  process.stderr.write(`Building the sharp layer for ${architecture} from npm…\n`);
  mkdirSync(LAYERS, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "sharp-layer-"));
  try {
    const nodejs = join(folder, "nodejs");
    cpSync(MANIFESTS, nodejs, { recursive: true });
    install(nodejs, architecture);
    return writeArchive(LAYERS, `sharp-${architecture}`, filesUnder(folder, isNeededAtRunTime));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function install(folder: string, architecture: Architecture): void {
  const platform = ["--os=linux", `--cpu=${NPM_CPU[architecture]}`, "--libc=glibc"];
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", ...platform], {
    cwd: folder,
    encoding: "utf8",
    // npm is a script on Windows, which only a shell starts.
    shell: process.platform === "win32",
  });
  if (npm.status !== 0)
    throw new Error(
      `The sharp layer could not be built: "npm ci" for linux ${architecture} failed. Is the npm registry reachable?\n` +
        (npm.error?.message ?? npm.stderr),
    );
}

function isNeededAtRunTime(name: string): boolean {
  if (!name.startsWith("nodejs/node_modules/")) return false;
  // What has to be passed on with the code: licences, and the table of those in libvips.
  if (/\/LICEN[CS]E(\.md)?$|\/sharp-libvips-[\w-]+\/README\.md$/.test(name)) return true;
  return !/\.(d\.[cm]?ts|md|map|h|hpp|cc|gyp)$|\/\.package-lock\.json$/.test(name);
}
