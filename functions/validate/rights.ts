/** Creator and copyright notice of a file: from its XMP, or else its IPTC, or else its EXIF, of which the first is the only one in Unicode for sure. */
import type { Rights } from "../shared/rights.ts";
import { readExif, textOf } from "./exif.ts";

interface Blocks {
  exif?: Buffer | undefined;
  iptc?: Buffer | undefined;
  xmp?: Buffer | undefined;
  /** The whole file: a TIFF has no block of EXIF, but the fields themselves. */
  tiff?: Buffer | undefined;
}

/** @returns undefined when the file says nothing of it, or nothing that makes sense: it is never an error. */
export function rightsFrom({ exif, iptc, xmp, tiff }: Blocks): Rights | undefined {
  const said = [
    xmp && fromXmp(xmp.subarray(0, MAX_BLOCK_BYTES).toString("utf8")),
    iptc && fromIptc(iptc),
    exif && fromExif(exif),
    tiff && fromExif(tiff),
  ];
  const creator = said.flatMap((rights) => tidy(rights?.creator) ?? [])[0];
  const copyright = said.flatMap((rights) => tidy(rights?.copyright) ?? [])[0];
  if (creator === undefined && copyright === undefined) return undefined;
  return { ...(creator !== undefined && { creator }), ...(copyright !== undefined && { copyright }) };
}

/** Some programs write whole histories into it. */
const MAX_BLOCK_BYTES = 1_000_000;
/** It travels with the execution, and goes into every file. */
const MAX_TEXT_LENGTH = 300;

function tidy(text: string | undefined): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: EXIF puts NUL between a photographer and an editor, and behind the end.
  const clean = text?.replaceAll(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return clean ? clean.slice(0, MAX_TEXT_LENGTH).toWellFormed() : undefined;
}

/** Dublin Core: https://developer.adobe.com/xmp/docs/XMPNamespaces/dc/ */
function fromXmp(xmp: string): Rights {
  return { creator: itemsOf(xmp, "dc:creator").join("; "), copyright: itemsOf(xmp, "dc:rights")[0] };
}

/** The first of a list of languages is the default one. */
function itemsOf(xmp: string, property: string): string[] {
  const start = xmp.indexOf(`<${property}>`);
  const end = xmp.indexOf(`</${property}>`, start);
  if (start < 0 || end < 0) return [];
  const inside = xmp.slice(start, Math.min(end, start + MAX_PROPERTY_LENGTH));
  return [...inside.matchAll(/<rdf:li\b[^<>]*>([^<]*)<\/rdf:li>/g)].map(([, text = ""]) =>
    withoutEntities(text),
  );
}

const MAX_PROPERTY_LENGTH = 10_000;

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function withoutEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (entity, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? entity;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0x10_ffff ? entity : String.fromCodePoint(code);
  });
}

/** Datasets of the IPTC's Information Interchange Model: https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf */
const BY_LINE = 80;
const COPYRIGHT_NOTICE = 116;

function fromIptc(block: Buffer): Rights {
  const datasets = datasetsOf(imageResource(block) ?? block);
  return { creator: datasets.get(BY_LINE)?.join("; "), copyright: datasets.get(COPYRIGHT_NOTICE)?.[0] };
}

/** In a JPEG it is one of Photoshop's "image resources". */
function imageResource(block: Buffer): Buffer | undefined {
  const at = block.indexOf(Buffer.from("8BIM\x04\x04", "latin1"));
  if (at < 0 || at + 7 > block.length) return undefined;
  // A name, of an even number of bytes with its length; then four bytes of how long the data is.
  const nameBytes = (block[at + 6] ?? 0) + 1;
  const lengthAt = at + 6 + nameBytes + (nameBytes % 2);
  if (lengthAt + 4 > block.length) return undefined;
  return block.subarray(lengthAt + 4, lengthAt + 4 + block.readUInt32BE(lengthAt));
}

/** Of the application record (2). */
function datasetsOf(data: Buffer): Map<number, string[]> {
  const datasets = new Map<number, string[]>();
  for (let at = 0; at + 5 <= data.length && data[at] === 0x1c; ) {
    const [record, dataset = 0] = [data[at + 1], data[at + 2]];
    const length = data.readUInt16BE(at + 3);
    const value = data.subarray(at + 5, at + 5 + length);
    if (record === 2) datasets.set(dataset, [...(datasets.get(dataset) ?? []), textOf(value)]);
    at += 5 + length;
  }
  return datasets;
}

/** Or from a TIFF, which has the same fields. */
function fromExif(exif: Buffer): Rights {
  const { artist, copyright } = readExif(exif) ?? {};
  return { creator: artist, copyright };
}
