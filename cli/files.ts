/** Image files on disk: which ones are meant, under which key each is uploaded, and how. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve, sep } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "./client.ts";
import { printable } from "./text.ts";

export interface ImageFile {
  path: string;
  /** No two files of one call have the same. */
  key: string;
  bytes: number;
}

export interface FoundFiles {
  files: ImageFile[];
  /** Files in folders that no image would be in, by their extension. */
  skipped: string[];
}

/** A file or folder that was named and is not there. */
export class FileNotFound extends Error {
  override name = "FileNotFound";
}

const CONTENT_TYPES: Record<string, string> = {
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".gif": "image/gif",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".svg": "image/svg+xml",
  ".bmp": "image/bmp",
  ".heic": "image/heic",
  ".heif": "image/heif",
  ".jxl": "image/jxl",
};

/**
 * The files that paths on the command line stand for: a file for itself, whatever it is; a folder for all images in
 * it, however deep, hidden ones and installed packages left out. A file that is found twice, by whatever paths, counts
 * once.
 *
 * @param leftOut a folder in one of those that is none of the input: where the results go.
 * @throws FileNotFound
 */
export async function findFiles(paths: string[], leftOut?: string): Promise<FoundFiles> {
  const found: { path: string; key: string }[] = [];
  const others: { path: string }[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) throw new FileNotFound(`There is no file or folder ${path}.`);
    if (!info.isDirectory()) {
      found.push({ path, key: basename(path) });
      continue;
    }
    for (const inside of await filesIn(path, leftOut && resolve(leftOut))) {
      const isImage = extname(inside).toLowerCase() in CONTENT_TYPES;
      if (isImage) found.push({ path: inside, key: relative(path, inside).split(sep).join("/") });
      else others.push({ path: inside });
    }
  }
  const seen = new Set<string>();
  const files = await Promise.all(
    withUniqueKeys(await withoutRepeats(found, seen)).map(async (file) => ({
      ...file,
      bytes: (await stat(file.path)).size,
    })),
  );
  const skipped = await withoutRepeats(others, seen);
  return { files, skipped: skipped.map(({ path }) => path) };
}

const MOST_NAMED = 5;

/** One sentence about the files that were left out, or undefined when none were. */
export function noteOn(skipped: string[]): string | undefined {
  if (skipped.length === 0) return undefined;
  const more = skipped.length > MOST_NAMED ? ` and ${skipped.length - MOST_NAMED} more` : "";
  const names = skipped.slice(0, MOST_NAMED).map(printable).join(", ");
  return `Left out, no image by its name: ${names}${more}. A file that is named itself is sent whatever it is called.`;
}

/** The type that a file's name stands for. */
export function contentTypeOf({ path }: Pick<ImageFile, "path">): string | undefined {
  return CONTENT_TYPES[extname(path).toLowerCase()];
}

/** Returns the version that came of it, where the bucket keeps versions. */
export async function upload(
  file: ImageFile,
  bucket: string,
  { s3 }: Pick<Clients, "s3">,
): Promise<string | undefined> {
  const type = contentTypeOf(file);
  const { VersionId } = await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: file.key,
      Body: await readFile(file.path),
      ...(type !== undefined && { ContentType: type }),
    }),
  );
  return VersionId;
}

/** Does the same with each item, a few at a time; the results are in the order of the items. */
export async function fewAtATime<T, R>(
  items: T[],
  atATime: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}

async function filesIn(folder: string, leftOut: string | undefined): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const visible = entries.filter(
    ({ name }) => !name.startsWith(".") && name !== "node_modules" && resolve(folder, name) !== leftOut,
  );
  const nested = await Promise.all(
    visible
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return filesIn(path, leftOut);
        // A link can lead nowhere.
        const info = await stat(path).catch(() => undefined);
        return info?.isFile() ? [path] : [];
      }),
  );
  return nested.flat();
}

/** The first path stays. `seen` is the real paths so far. */
async function withoutRepeats<File extends { path: string }>(
  files: File[],
  seen: Set<string>,
): Promise<File[]> {
  const unique: File[] = [];
  for (const file of files) {
    const real = await realpath(file.path);
    if (!seen.has(real)) unique.push(file);
    seen.add(real);
  }
  return unique;
}

/** Files of the same name from different places: from the second on, a number goes before the name. */
function withUniqueKeys(files: { path: string; key: string }[]): { path: string; key: string }[] {
  const taken = new Set<string>();
  return files.map(({ path, key }) => {
    let unique = key;
    for (let number = 2; taken.has(unique); number++) unique = `${number}/${key}`;
    taken.add(unique);
    return { path, key: unique };
  });
}
