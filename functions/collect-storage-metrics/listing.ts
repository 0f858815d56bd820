/** What is in a bucket, counted object by object. */
import { paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { s3 } from "../shared/storage.ts";

export interface Figures {
  bytes: number;
  objects: number;
}

/**
 * Counts current objects and their bytes; old versions are not among them.
 * @returns undefined when there are more than so many pages.
 */
export async function listedFigures(bucket: string, maxPages: number): Promise<Figures | undefined> {
  const figures = { bytes: 0, objects: 0 };
  let pagesLeft = maxPages;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    if (pagesLeft-- === 0) return undefined;
    figures.objects += Contents.length;
    for (const { Size = 0 } of Contents) figures.bytes += Size;
  }
  return figures;
}
