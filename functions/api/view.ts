/** A record as its owner sees it. */
import { fileNameOf } from "../shared/keys.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { ImageView } from "./contract.ts";
import { linkTo } from "./links.ts";
import type { OwnedRecord } from "./records.ts";

const FAILURE =
  "Something went wrong on our side, and trying again did not help. Process the image again later; nothing is lost.";

export async function viewOf(record: OwnedRecord): Promise<ImageView> {
  const { imageId, status, caption, uploadedAt, updatedAt, original, downloads } = record;
  const { thumbhash, dominantColour, camera, timingsMs, rejection } = record;
  const { bytes, format, width, height, frames } = original;
  const isHere = status !== "PENDING";
  return {
    imageId,
    status,
    name: nameOf(record),
    caption: caption?.slice(0, 2000).toWellFormed(),
    uploadedAt,
    updatedAt,
    original: {
      bytes,
      format,
      width,
      height,
      frames,
      ...(isHere && { url: await linkTo(original.bucket, original.key) }),
    },
    variants: await Promise.all(
      record.variants.map(async ({ key, ...variant }) => ({
        ...variant,
        url: await linkTo(environmentVariable("PROCESSED_BUCKET"), key),
      })),
    ),
    thumbhash,
    dominantColour,
    camera,
    timingsMs,
    rejection,
    ...(status === "FAILED" && { failure: FAILURE }),
    downloads: {
      total: Object.values(downloads).reduce((sum, count) => sum + count, 0),
      byVariant: downloads,
    },
    links: pathsOf(imageId),
  };
}

/** The name that was given, or else the file's. */
export function nameOf({ name, original }: Pick<OwnedRecord, "name" | "original">): string {
  return (name ?? fileNameOf(original.key)).slice(0, 200).toWellFormed();
}

export function pathsOf(imageId: string): { self: string; history: string } {
  return { self: `/images/${imageId}`, history: `/images/${imageId}/history` };
}
