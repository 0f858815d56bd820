/** What is in a bucket, counted object by object. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { s3 } from "../shared/storage.ts";

export interface Figures {
  bytes: number;
  objects: number;
}

/** S3 gives no more at a time. */
const OBJECTS_PER_PAGE = 1000;

/**
 * Counts current objects and their bytes; old versions are not among them.
 * @returns undefined when there are more than so many pages.
 */
export async function listedFigures(bucket: string, maxPages: number): Promise<Figures | undefined> {
  let bytes = 0;
  let objects = 0;
  let token: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const { Contents = [], NextContinuationToken }: ListObjectsV2CommandOutput = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, MaxKeys: OBJECTS_PER_PAGE, ContinuationToken: token }),
    );
    objects += Contents.length;
    for (const { Size = 0 } of Contents) bytes += Size;
    if (NextContinuationToken === undefined) return { bytes, objects };
    token = NextContinuationToken;
  }
  return undefined;
}
