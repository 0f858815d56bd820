/** One item of the table `ImageMetadata`, whoever writes or reads it. */
import type { Camera, PublishedVariant } from "./state.ts";

/** PENDING: announced, and the file not there yet. PROCESSING: an execution is under way. */
export type Status = "PENDING" | "PROCESSING" | Outcome;
export type Outcome = "PROCESSED" | "REJECTED" | "FAILED";

/** Where the original is, and in which version. */
export interface OriginalPlace {
  bucket: string;
  key: string;
  versionId?: string | undefined;
  etag?: string | undefined;
}

/** What becomes of one version of an image. What is undefined is not in the item. */
export interface ImageRecord {
  imageId: string;
  status: Outcome;
  owner: string | undefined;
  /** Given by the uploader, or else the file's. */
  name: string;
  caption: string | undefined;
  uploadedAt: string;
  updatedAt: string;
  /** Orders the versions of the original; an item is never overwritten by a lower one. */
  sequencer: string;
  original: OriginalPlace & {
    bytes: number;
    format: string | undefined;
    width: number | undefined;
    height: number | undefined;
    frames: number | undefined;
  };
  variants: PublishedVariant[];
  camera: Camera | undefined;
  thumbhash: string | undefined;
  dominantColour: string | undefined;
  /** Milliseconds, of the steps that were done, and from the start of the execution to this record. */
  timingsMs: Partial<Record<"validate" | "resize" | "watermark", number>> & { total: number };
  execution: { arn: string; name: string };
  /** Why the file cannot be processed, for the person who uploaded it. */
  rejection: { code: string; reason: string } | undefined;
  /** What went wrong on our side, for the person who runs this. */
  error: { name: string; message: string } | undefined;
}
