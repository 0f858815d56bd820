/** What happens in a bucket, for those who are to be told. */
import type { Bucket, Version } from "./store.ts";

/** Without the leading `s3:`, as in an event record. */
export type EventName =
  | "ObjectCreated:Put"
  | "ObjectCreated:Copy"
  | "ObjectCreated:CompleteMultipartUpload"
  | "ObjectRemoved:Delete"
  | "ObjectRemoved:DeleteMarkerCreated";

export interface BucketEvent {
  name: EventName;
  bucket: Bucket;
  version: Version;
  accessKeyId: string;
  requestId: string;
}

/** What a request did to a version. */
export function eventOf(
  name: EventName,
  bucket: Bucket,
  version: Version,
  { accessKeyId, requestId }: Pick<BucketEvent, "accessKeyId" | "requestId">,
): BucketEvent {
  return { name, bucket, version, accessKeyId, requestId };
}
