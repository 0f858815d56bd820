/** What is in a bucket, counted version by version. */
import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import { s3 } from "../shared/storage.ts";

export interface Figures {
  bytes: number;
  objects: number;
}

/**
 * Counts objects and their bytes, those of old versions too, as S3's own figures do: they cost as much.
 * @returns undefined when there are more than so many pages.
 */
export async function listedFigures(bucket: string, maxPages: number): Promise<Figures | undefined> {
  const figures = { bytes: 0, objects: 0 };
  let before: Partial<ListObjectVersionsCommandOutput> = {};
  for (let page = 1; page <= maxPages; page++) {
    before = await s3.send(
      new ListObjectVersionsCommand({
        Bucket: bucket,
        KeyMarker: before.NextKeyMarker,
        VersionIdMarker: before.NextVersionIdMarker,
      }),
    );
    const { Versions = [], IsTruncated } = before;
    figures.objects += Versions.length;
    for (const { Size = 0 } of Versions) figures.bytes += Size;
    if (!IsTruncated) return figures;
  }
  return undefined;
}
