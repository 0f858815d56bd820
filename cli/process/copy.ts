/** Where results go: whether anything can be written there, and copying what was published of an image. */
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { PublishedVariant } from "../../functions/shared/state.ts";
import type { Clients } from "../client.ts";
import { UsageError } from "../command.ts";
import type { ImageRecord } from "../results.ts";
import { errorText } from "../text.ts";

/**
 * Tries whether files could be written into a folder, which need not be there, and leaves everything as it was. (A folder
 * such as /proc/x is found out here: Node's recursive mkdir never comes to an end there.)
 *
 * @throws UsageError
 */
export async function checkWritable(folder: string): Promise<void> {
  if (folder === "") throw new UsageError("--out needs the name of a folder.");
  let existing = resolve(folder);
  let info = await stat(existing).catch(() => undefined);
  for (
    ;
    info === undefined && existing !== dirname(existing);
    info = await stat(existing).catch(() => undefined)
  )
    existing = dirname(existing);
  if (info?.isDirectory() === false)
    throw new UsageError(`--out ${folder}: ${existing} is a file, not a folder.`);
  try {
    await rmdir(await mkdtemp(join(existing, ".try-")));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    throw new UsageError(`--out ${folder}: nothing can be written there${code}. Name another folder.`);
  }
}

/** What an earlier run can have left: `<variant>.<format>`. */
const VARIANT_FILE = /^[\w-]+\.(webp|jpeg|avif|png)$/;

/**
 * Returns the folder: `<out>/<imageId>` with `<variant>.<format>` for each variant and `metadata.json`, and nothing
 * of an earlier run.
 *
 * @throws an error that names the file that cannot be written.
 */
export async function copyResults(
  record: ImageRecord,
  { clients, bucket, out }: { clients: Pick<Clients, "s3">; bucket: string; out: string },
): Promise<string> {
  const folder = join(out, basename(record.imageId));
  await mkdir(folder, { recursive: true });
  const { variants = [] } = record.published ?? {};
  const nameOf = ({ name, format }: PublishedVariant) => `${name}.${format}`;
  await removeStale(folder, new Set(variants.map(nameOf)));
  for (const variant of variants) {
    const { key } = variant;
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(Body instanceof Readable)) throw new Error(`${key} has no content.`);
    const path = join(folder, nameOf(variant));
    await naming(path, pipeline(Body, createWriteStream(path)));
  }
  const path = join(folder, "metadata.json");
  await naming(path, writeFile(path, `${JSON.stringify(record.stored, null, 2)}\n`));
  return folder;
}

/** An error of the disk, such as that it is full, does not say where. */
async function naming(path: string, written: Promise<void>): Promise<void> {
  await written.catch((error: unknown) => {
    const told = errorText(error);
    throw told.includes(path) ? error : new Error(`${path}: ${told}`, { cause: error });
  });
}

async function removeStale(folder: string, current: Set<string>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const isStale = entry.isFile() && VARIANT_FILE.test(entry.name) && !current.has(entry.name);
    if (isStale) await rm(join(folder, entry.name));
  }
}
