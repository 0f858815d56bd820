/** What a published file says beside its pixels: whose it is, and in which colour space it is. Nothing of it is copied from the original's blocks. */
import type { Sharp } from "sharp";
import { escapeMarkup } from "../shared/markup.ts";
import type { Rights } from "../shared/rights.ts";

export interface Carried {
  rights?: Rights | undefined;
  /** Of the samples, where it is not sRGB. */
  colourSpace?: "display-p3" | undefined;
}

/** @param image in Display P3, of samples of 16 bits: of those sharp takes the numbers for what they are, and leaves them. */
export function withCarried(image: Sharp, { rights, colourSpace }: Carried): Sharp {
  const coloured = colourSpace ? image.withIccProfile("p3").toColourspace("srgb") : image;
  if (rights === undefined) return coloured;
  return coloured.withExif({ IFD0: exifOf(rights) }).withXmp(xmpOf(rights));
}

/** EXIF is in ASCII; what cannot be said in it is in XMP alone. https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E */
function exifOf({ creator, copyright }: Rights): Record<string, string> {
  const [artist, notice] = [asciiOf(creator), asciiOf(copyright)];
  return { ...(artist && { Artist: artist }), ...(notice && { Copyright: notice }) };
}

/** Without accents; undefined for what has letters of another kind. */
function asciiOf(text: string | undefined): string | undefined {
  const ascii = text
    ?.replaceAll("©", "(C)")
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[–—]/g, "-")
    .normalize("NFKD")
    .replaceAll(/\p{Mn}/gu, "");
  return ascii !== undefined && /^[\x20-\x7e]*$/.test(ascii) ? ascii : undefined;
}

function xmpOf({ creator, copyright }: Rights): string {
  const parts = [
    creator && `<dc:creator><rdf:Seq><rdf:li>${escapeMarkup(creator)}</rdf:li></rdf:Seq></dc:creator>`,
    copyright &&
      `<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">${escapeMarkup(copyright)}</rdf:li></rdf:Alt></dc:rights>`,
  ];
  return (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    `<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">${parts.filter(Boolean).join("")}</rdf:Description>` +
    "</rdf:RDF></x:xmpmeta>"
  );
}
