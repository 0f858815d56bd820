/** Image files on disk: which ones are meant, under which key each is uploaded, and how. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve, sep } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "./client.ts";
import { UsageError } from "./command.ts";
import { printable } from "./text.ts";

export interface ImageFile {
  path: string;
  /** No two files of one call have the same. */
  key: string;
  bytes: number;
}

/** The extensions that are another word for the type, and those that are the type. Some are no images to the pipeline. */
const ALIASES = new Map([
  [".jpg", "jpeg"],
  [".tif", "tiff"],
  [".hif", "heif"],
  [".svg", "svg+xml"],
]);
const IMAGE_TYPES = ["avif", "bmp", "gif", "heic", "heif", "jpeg", "jxl", "png", "tiff", "webp"];

/** The type that a file's name stands for. */
export function contentTypeOf(path: string): string | undefined {
  const extension = extname(path).toLowerCase();
  const type = ALIASES.get(extension) ?? IMAGE_TYPES.find((known) => extension === `.${known}`);
  return type && `image/${type}`;
}

/**
 * The files that paths on the command line stand for; says which ones in folders are left out.
 *
 * @throws UsageError when there is no such file or folder, or no image in them.
 */
export async function findImages(paths: string[], leftOut?: string): Promise<ImageFile[]> {
  const { files, skipped } = await findFiles(paths, leftOut);
  if (skipped.length > 0) console.error(noteOn(skipped));
  if (files.length === 0) throw new UsageError("There is no image among the files given.");
  return files;
}

/**
 * The files that paths on the command line stand for: a file for itself, whatever it is; a folder for all images in
 * it, however deep, hidden ones and installed packages left out. A file that is found twice, by whatever paths, counts
 * once.
 *
 * @param leftOut a folder in one of those that is none of the input: where the results go.
 * @returns `skipped`: files in folders that no image would be in, by their extension.
 * @throws UsageError when there is no such file or folder.
 */
export async function findFiles(
  paths: string[],
  leftOut?: string,
): Promise<{ files: ImageFile[]; skipped: string[] }> {
  const files: ImageFile[] = [];
  const skipped: string[] = [];
  const seen = new Set<string>();
  const keys = new Set<string>();
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) throw new UsageError(`There is no file or folder ${path}.`);
    for (const found of info.isDirectory() ? await filesIn(path, leftOut && resolve(leftOut)) : [path]) {
      const real = await realpath(found);
      if (seen.has(real)) continue;
      seen.add(real);
      const isNamed = found === path;
      if (!isNamed && contentTypeOf(found) === undefined) {
        skipped.push(found);
        continue;
      }
      const name = isNamed ? basename(path) : relative(path, found).split(sep).join("/");
      files.push({ path: found, key: uniqueKey(name, keys), bytes: (await stat(found)).size });
    }
  }
  return { files, skipped };
}

async function filesIn(folder: string, leftOut: string | undefined): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries
    .filter(
      ({ name }) => !name.startsWith(".") && name !== "node_modules" && resolve(folder, name) !== leftOut,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path, leftOut);
      // A link can lead nowhere.
      const info = await stat(path).catch(() => undefined);
      return info?.isFile() ? [path] : [];
    });
  return (await Promise.all(nested)).flat();
}

/** Files of the same name from different places: from the second on, a number goes before the name. */
function uniqueKey(name: string, taken: Set<string>): string {
  let key = name;
  for (let number = 2; taken.has(key); number++) key = `${number}/${name}`;
  taken.add(key);
  return key;
}

const MOST_NAMED = 5;

function noteOn(skipped: string[]): string {
  const more = skipped.length > MOST_NAMED ? ` and ${skipped.length - MOST_NAMED} more` : "";
  const names = skipped.slice(0, MOST_NAMED).map(printable).join(", ");
  return `Left out, no image by its name: ${names}${more}. A file that is named itself is sent whatever it is called.`;
}

/** Returns the version that came of it; without an id where the bucket keeps no versions. */
export async function upload(
  { path, key }: ImageFile,
  bucket: string,
  { s3 }: Pick<Clients, "s3">,
): Promise<{ versionId: string | undefined; etag: string | undefined }> {
  const object = { Bucket: bucket, Key: key, ContentType: contentTypeOf(path) };
  const { VersionId, ETag } = await s3.send(new PutObjectCommand({ ...object, Body: await readFile(path) }));
  return { versionId: VersionId, etag: ETag?.replaceAll('"', "") };
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
