/** Zip archives that are the same byte for byte whenever their content is. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Zippable, zipSync } from "fflate";

/** The files of an archive: names with `/` between folders, and their bytes. */
export type ArchiveFiles = Record<string, Uint8Array>;

/** A zip file on disk, and the SHA-256 of it in base64, as Lambda compares it. */
export interface Archive {
  path: string;
  sha256: string;
}

/** Gives the archive of these files: the one that an earlier run wrote, if there is one. */
export function writeArchive(folder: string, name: string, files: ArchiveFiles): Archive {
  const path = join(folder, `${name}-${contentHash(files)}.zip`);
  if (!existsSync(path)) writeWhole(path, zipSync(reproducible(files), { level: 9 }));
  return { path, sha256: createHash("sha256").update(readFileSync(path)).digest("base64") };
}

function contentHash(files: ArchiveFiles): string {
  const hash = createHash("sha256");
  for (const [name, bytes] of sorted(files)) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex").slice(0, 16);
}

function sorted(files: ArchiveFiles): [string, Uint8Array][] {
  return Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** All files under a folder, named from there; `keep` says which. */
export function filesUnder(folder: string, keep: (name: string) => boolean): ArchiveFiles {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter(keep);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
}

/** Sorted names, one date, and permissions that let Lambda read the files whatever the builder's umask. */
function reproducible(files: ArchiveFiles): Zippable {
  return Object.fromEntries(sorted(files).map(([name, bytes]) => [name, [bytes, FILE_ATTRIBUTES]]));
}

const UNIX = 3;
/** The first day that a zip file can write; local time, which is what zip files hold. */
const FILE_ATTRIBUTES = { mtime: new Date(1980, 0, 1), os: UNIX, attrs: 0o100644 << 16 };

/** A process that is stopped half-way leaves no half file under the final name. */
function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, bytes);
  renameSync(draft, path);
}
