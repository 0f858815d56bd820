/** A record as its owner sees it. */
import { executionPage, hasConsole } from "../shared/console.ts";
import type { ImageRecord } from "../shared/image-record.ts";
import { fileNameOf } from "../shared/keys.ts";
import { CONTENT_TYPES, environmentVariable } from "../shared/settings.ts";
import type { PublishedVariant } from "../shared/state.ts";
import type { ImageView } from "./contract.ts";
import { fileLink } from "./file-links.ts";
import { downloadLinkTo, linkTo } from "./links.ts";
import { publicView } from "./public.ts";

const FAILURE =
  "Something went wrong on our side, and trying again did not help. Process the image again later; nothing is lost.";

/** @param variantsUpTo shows only the variants of at most this width, and always the smallest: signing is most of the work. */
export async function imageView(
  record: ImageRecord,
  variantsUpTo = Number.POSITIVE_INFINITY,
): Promise<ImageView> {
  const { imageId, status, caption, tags, uploadedAt, updatedAt, lastAttempt, published, downloads } = record;
  const { bytes, format, width, height, frames } = { ...record.original, ...published?.original };
  const explained = lastAttempt && {
    ...(lastAttempt.rejection && { rejection: lastAttempt.rejection }),
    ...(lastAttempt.status === "FAILED" && { failure: FAILURE }),
  };
  return {
    imageId,
    status,
    name: imageName(record),
    caption: shownCaption(caption),
    ...(tags && tags.length > 0 && { tags }),
    expiresAt: record.deleteAt,
    uploadedAt,
    updatedAt,
    original: {
      bytes,
      format,
      width,
      height,
      frames,
      ...(lastAttempt && { url: await originalLink(record) }),
    },
    variants: await Promise.all(
      variantsWithin(published?.variants ?? [], variantsUpTo).map(async ({ key, ...variant }) => ({
        ...variant,
        contentType: CONTENT_TYPES[variant.format],
        url: await variantLink(record, key),
      })),
    ),
    thumbhash: published?.thumbhash,
    dominantColour: published?.dominantColour,
    camera: published?.camera,
    preset: published?.preset,
    rights: published?.rights,
    focus: published?.focus,
    recognition: published?.recognition,
    timingsMs: published?.timingsMs,
    ...(lastAttempt && { lastAttempt: { status: lastAttempt.status, at: lastAttempt.at, ...explained } }),
    ...explained,
    public: publicView(record),
    downloads: {
      total: Object.values(downloads).reduce((sum, count) => sum + count, 0),
      byVariant: downloads,
    },
    links: imagePaths(imageId),
  };
}

/** @returns what is published under that name now, in its first format unless one is asked for. */
export function variantOf(
  { published }: Pick<ImageRecord, "published">,
  name: string,
  format?: string,
): PublishedVariant | undefined {
  return published?.variants.find(
    (variant) => variant.name === name && (format === undefined || variant.format === format),
  );
}

function variantsWithin(variants: PublishedVariant[], maxWidth: number): PublishedVariant[] {
  const smallest = Math.min(...variants.map(({ width }) => width));
  return variants.filter(({ width }) => width <= Math.max(maxWidth, smallest));
}

/** At the edge where that is possible; else one of S3, which works for 15 minutes. */
async function variantLink({ owner }: ImageRecord, key: string): Promise<string> {
  const atEdge = owner === undefined ? undefined : await fileLink(owner, key);
  return atEdge ?? linkTo(environmentVariable("PROCESSED_BUCKET"), key);
}

/** What was uploaded may be anything, whatever type was sent with it: it is saved, never shown. */
export function originalLink(record: ImageRecord): Promise<string> {
  const bucket = environmentVariable("ORIGINAL_BUCKET");
  return downloadLinkTo(bucket, record.original.key, originalFileName(record), "application/octet-stream");
}

/** What the image is called, with the extension that the file came with. */
export function originalFileName(record: Pick<ImageRecord, "name" | "original">): string {
  const name = savedName(imageName(record));
  const [extension = ""] = /\.[A-Za-z0-9]{1,8}$/.exec(fileNameOf(record.original.key)) ?? [];
  return name.toLowerCase().endsWith(extension.toLowerCase()) ? name : name + extension;
}

/** What is not seen: control characters, and those that turn the direction of text, which let a name end in what it does not. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A name as a file can have it, wherever it is saved: of one part, which is not hidden. */
export function savedName(name: string): string {
  const saved = name
    .replaceAll(UNSEEN, "")
    .replaceAll(/[/\\]/g, "_")
    .replace(/^[.\s]+/, "")
    .trimEnd();
  return saved === "" ? "image" : saved;
}

/** The name that was given, or else the file's. */
export function imageName({ name, original }: Pick<ImageRecord, "name" | "original">): string {
  return (name ?? fileNameOf(original.key)).slice(0, 200).toWellFormed();
}

/** @returns undefined for one that was taken away. */
export function shownCaption(caption: string | undefined): string | undefined {
  return caption === "" ? undefined : caption?.slice(0, 2000).toWellFormed();
}

/** Where those who run the pipeline see how the image was processed. */
export function operatorLinks({
  imageId,
  lastAttempt,
}: Pick<ImageRecord, "imageId" | "lastAttempt">): Pick<ImageView["links"], "execution" | "console"> {
  if (lastAttempt === undefined) return {};
  return {
    execution: `/pipeline/images/${imageId}/execution`,
    ...(hasConsole() && { console: executionPage(lastAttempt.execution.arn) }),
  };
}

export function imagePaths(imageId: string): { self: string; history: string } {
  return { self: `/images/${imageId}`, history: `/images/${imageId}/history` };
}
