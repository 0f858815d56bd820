/** A public image as HTML that can be put into any page: the browser picks the size and the format, and shows a placeholder until it is there. */
import { thumbHashToDataURL, thumbHashToRGBA } from "thumbhash";
import type { EmbedView } from "../api/contract.ts";
import { type PublicFile, publicFiles } from "../api/public.ts";
import type { ImageRecord } from "../shared/image-record.ts";
import { escapeMarkup } from "../shared/markup.ts";
import { shownToAll } from "../shared/public-copies.ts";

/** @param sizes how wide the page shows it, as `sizes` of HTML has it. @returns undefined for an image that is not public. */
export function embed(record: ImageRecord, sizes?: string): EmbedView | undefined {
  const shown = shownToAll(record);
  const files = uncropped(publicFiles(record), shown?.original);
  const fallbackType = ["image/jpeg", "image/png", "image/webp", "image/avif"].find(
    (type) => ofType(files, type).length > 0,
  );
  const fallback = ofType(files, fallbackType);
  const largest = fallback.at(-1);
  if (shown === undefined || largest === undefined) return undefined;
  const known = sizes ?? `(min-width: ${largest.width}px) ${largest.width}px, 100vw`;
  const sources = ["image/avif", "image/webp"]
    .filter((type) => type !== fallbackType && ofType(files, type).length > 0)
    .map((type) => ({ type, srcset: srcset(ofType(files, type)) }));
  const img = {
    src: largest.url,
    srcset: srcset(fallback),
    width: largest.width,
    height: largest.height,
    alt: record.caption?.toWellFormed() ?? "",
  };
  const placeholder = placeholderOf(shown.thumbhash);
  const { dominantColour } = shown;
  return {
    html: html({
      sources,
      img,
      sizes: known,
      background: placeholder && `${dominantColour} url(${placeholder}) center / cover no-repeat`,
    }),
    sources,
    img,
    sizes: known,
    dominantColour,
    placeholder,
  };
}

type Parts = Pick<EmbedView, "sources" | "img" | "sizes"> & { background: string | undefined };

function html({ sources, img, sizes, background }: Parts): string {
  const lines = [
    ...sources.map(({ type, srcset }) => element("source", { type, srcset, sizes })),
    element("img", {
      src: img.src,
      srcset: img.srcset,
      sizes,
      width: img.width,
      height: img.height,
      alt: img.alt,
      loading: "lazy",
      decoding: "async",
      style: `max-width:100%;height:auto${background ? `;background:${background}` : ""}`,
    }),
  ];
  return `<picture>\n${lines.map((line) => `  ${line}\n`).join("")}</picture>`;
}

function element(name: string, attributes: Record<string, string | number>): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeMarkup(String(value))}"`,
  );
  return `<${name}${written.join("")}>`;
}

/** Those that show the whole picture; where all are cropped, those of the largest one's shape. */
function uncropped(
  files: PublicFile[],
  original: { width: number; height: number } | undefined,
): PublicFile[] {
  const [largest] = files.toSorted((a, b) => b.width * b.height - a.width * a.height);
  if (largest === undefined) return [];
  const whole = files.filter((file) => hasShape(file, original ?? largest));
  return whole.length > 0 ? whole : files.filter((file) => hasShape(file, largest));
}

/** Sides are whole pixels, so either may be off by one. */
function hasShape(file: PublicFile, shape: { width: number; height: number }): boolean {
  const height = (file.width * shape.height) / shape.width;
  const width = (file.height * shape.width) / shape.height;
  return Math.abs(file.height - height) <= 1 || Math.abs(file.width - width) <= 1;
}

/** By width, each width once: variants that came out the same share a file. */
function ofType(files: PublicFile[], type: string | undefined): PublicFile[] {
  const byWidth = new Map(
    files.filter(({ contentType }) => contentType === type).map((file) => [file.width, file]),
  );
  return [...byWidth.values()].sort((a, b) => a.width - b.width);
}

function srcset(files: PublicFile[]): string {
  return files.map(({ url, width }) => `${url} ${width}w`).join(", ");
}

/** @returns undefined for a picture that can be seen through: a placeholder behind it would never go. */
function placeholderOf(thumbhash: string): string | undefined {
  const hash = Buffer.from(thumbhash, "base64");
  // https://evanw.github.io/thumbhash/: five bytes of header, of which one bit says whether there is transparency.
  if (hash.length < 5) return undefined;
  const { rgba } = thumbHashToRGBA(hash);
  for (let alpha = 3; alpha < rgba.length; alpha += 4) if ((rgba[alpha] ?? 255) < 250) return undefined;
  return thumbHashToDataURL(hash);
}
