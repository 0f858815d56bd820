/** The web app, built by Vite: once for each state of its sources. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { filesUnder } from "./archive.ts";
import { CACHE_FOLDER, PROJECT_FOLDER } from "./paths.ts";

export interface SiteFile {
  /** With `/` between folders, from the site's root. */
  name: string;
  contentType: string;
  sha256: string;
  /** Its name has a hash of its content in it: under that name it never changes. */
  isImmutable: boolean;
}

export interface BuiltSite {
  folder: string;
  files: SiteFile[];
}

/** A function that CloudFront runs, of `site/edge/`. */
export function edgeCode(name: "viewer-request" | "accepted-formats"): string {
  return readFileSync(join(PROJECT_FOLDER, `site/edge/${name}.js`), "utf8");
}

export function buildSite(): BuiltSite {
  const folder = join(CACHE_FOLDER, "site", sourceHash());
  if (!existsSync(folder)) build(folder);
  const files = Object.entries(filesUnder(folder, () => true)).map(([name, bytes]) => ({
    name,
    contentType: contentTypeOf(name),
    sha256: createHash("sha256").update(bytes).digest("base64"),
    isImmutable: name.startsWith("assets/"),
  }));
  return { folder, files: files.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Of what is built from: the sources, and the versions of the packages. */
function sourceHash(): string {
  const hash = createHash("sha256");
  const sources = filesUnder(join(PROJECT_FOLDER, "site"), (name) => !name.startsWith("edge/"));
  for (const [name, bytes] of Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash
    .update(readFileSync(join(PROJECT_FOLDER, "package-lock.json")))
    .digest("hex")
    .slice(0, 16);
}

/** In a process of its own, since synthesis waits for nothing; half a build is never found under the final name. */
function build(folder: string): void {
  process.stderr.write("Building the web app…\n");
  const draft = `${folder}.${process.pid}`;
  const vite = join(PROJECT_FOLDER, "node_modules/vite/bin/vite.js");
  const built = spawnSync(
    process.execPath,
    [vite, "build", "site", "--outDir", draft, "--emptyOutDir", "--logLevel", "error"],
    { cwd: PROJECT_FOLDER, encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } },
  );
  if (built.status !== 0)
    throw new Error(`The web app could not be built.\n${built.error?.message ?? built.stderr}`);
  mkdirSync(join(CACHE_FOLDER, "site"), { recursive: true });
  // Another process may have built the same meanwhile.
  if (existsSync(folder)) rmSync(draft, { recursive: true });
  else renameSync(draft, folder);
}

const CONTENT_TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

function contentTypeOf(name: string): string {
  const type = CONTENT_TYPES[extname(name)];
  if (type === undefined)
    throw new Error(`The web app has ${name}: add the type of such files to stacks/assets/site.ts.`);
  return type;
}
