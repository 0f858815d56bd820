/** Copies what was published of an image into a folder, with its record beside it. */
import { createWriteStream } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { PublishedVariant } from "../../functions/shared/state.ts";
import type { Clients } from "../client.ts";
import type { ImageRecord } from "../results.ts";
import { makeFolder } from "./folder.ts";

/** What an earlier run can have left: `<variant>.<format>`. */
const VARIANT_FILE = /^[\w-]+\.(webp|jpeg|avif|png)$/;

/**
 * Returns the folder: `<out>/<imageId>` with `<variant>.<format>` for each variant and `metadata.json`, and nothing
 * of an earlier run.
 */
export async function copyResults(
  record: ImageRecord,
  { clients, bucket, out }: { clients: Pick<Clients, "s3">; bucket: string; out: string },
): Promise<string> {
  const folder = join(out, basename(record.imageId));
  await makeFolder(folder);
  const { variants = [] } = record.published ?? {};
  const nameOf = ({ name, format }: PublishedVariant) => `${name}.${format}`;
  await removeStale(folder, variants.map(nameOf));
  for (const variant of variants) {
    const { key } = variant;
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(Body instanceof Readable)) throw new Error(`${key} has no content.`);
    await pipeline(Body, createWriteStream(join(folder, nameOf(variant))));
  }
  await writeFile(join(folder, "metadata.json"), `${JSON.stringify(record.stored, null, 2)}\n`);
  return folder;
}

async function removeStale(folder: string, current: string[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const isStale = entry.isFile() && VARIANT_FILE.test(entry.name) && !current.includes(entry.name);
    if (isStale) await rm(join(folder, entry.name));
  }
}
