/** Copies what was published of an image into a folder, with its record beside it. */
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "../client.ts";
import type { ImageRecord } from "../results.ts";

/** Returns the folder: `<out>/<imageId>` with `<variant>.<format>` for each variant and `metadata.json`. */
export async function copyResults(
  record: ImageRecord,
  { clients, bucket, out }: { clients: Pick<Clients, "s3">; bucket: string; out: string },
): Promise<string> {
  const folder = join(out, basename(record.imageId));
  await mkdir(folder, { recursive: true });
  for (const { key } of record.variants) {
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(Body instanceof Readable)) throw new Error(`${key} has no content.`);
    await pipeline(Body, createWriteStream(join(folder, basename(key))));
  }
  await writeFile(join(folder, "metadata.json"), `${JSON.stringify(record, null, 2)}\n`);
  return folder;
}
