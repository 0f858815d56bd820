/** What is public of an image, and where it is: addresses that stay the same however often the image is processed. */
import type { ImageRecord } from "../shared/image-record.ts";
import type { OutputFormat } from "../shared/preset.ts";
import { publicCopy, shownToAll } from "../shared/public-copies.ts";
import { CONTENT_TYPES } from "../shared/settings.ts";
import type { PublishedVariant } from "../shared/state.ts";
import type { PublicView } from "./contract.ts";

/** @returns undefined for an image that is not public, and where there is no web app. */
export function publicView(record: ImageRecord): PublicView | undefined {
  const edgeUrl = edge();
  const shown = shownToAll(record);
  if (record.public === undefined || shown === undefined || edgeUrl === undefined) return undefined;
  const names = new Set(shown.variants.map(({ name }) => name));
  return {
    since: record.public.since,
    addresses: Object.fromEntries(
      [...names].map((name) => [name, `${edgeUrl}/p/${record.imageId}/${encodeURIComponent(name)}`]),
    ),
  };
}

/** A variant with the address of its copy, which never changes and is kept for good. */
export interface PublicFile extends PublishedVariant {
  contentType: string;
  url: string;
}

/** The copies that anybody may see. */
export function publicFiles(record: ImageRecord): PublicFile[] {
  const edgeUrl = edge();
  const { imageId } = record;
  const { version, variants } = shownToAll(record) ?? {};
  if (edgeUrl === undefined || version === undefined) return [];
  return (variants ?? []).map((variant) => ({
    ...variant,
    contentType: CONTENT_TYPES[variant.format],
    url: `${edgeUrl}/${publicCopy(imageId, version, variant.key)}`,
  }));
}

/** Smallest files first; what every browser shows comes last. */
const PREFERRED: OutputFormat[] = ["avif", "webp", "jpeg", "png"];
const TAKEN_BY_ALL: OutputFormat[] = ["jpeg", "png"];

/**
 * @param wanted a variant's name, or with its format: `large`, `large.jpeg`.
 * @param accept what the browser says it takes.
 * @returns the best format of those that it takes; where it takes none that there is, the one that most do.
 */
export function chooseFile(files: PublicFile[], wanted: string, accept = ""): PublicFile | undefined {
  const exact = files.find(({ name, format }) => wanted === `${name}.${format}`);
  if (exact) return exact;
  const formats = files
    .filter(({ name }) => name === wanted)
    .toSorted((a, b) => PREFERRED.indexOf(a.format) - PREFERRED.indexOf(b.format));
  const takes = ({ format, contentType }: PublicFile) =>
    TAKEN_BY_ALL.includes(format) || isAccepted(accept, contentType);
  return formats.find(takes) ?? formats.at(-1);
}

/** Named, that is: a browser that takes AVIF says so, and nearly everything says that it takes anything. */
function isAccepted(accept: string, contentType: string): boolean {
  return accept.split(",").some((range) => {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === contentType && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** Of the distribution, without a slash at its end. */
function edge(): string | undefined {
  return process.env.EDGE_URL || undefined;
}

/** Whether anything can be public here. */
export function hasEdge(): boolean {
  return edge() !== undefined;
}
