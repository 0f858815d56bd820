/** Where the metadata of a picture are, in the formats that exifr does not know, or knows in part. A damaged file throws a RangeError. */

/** @returns the EXIF of a WebP, an AVIF or a HEIC, as the TIFF that it is; undefined where there is none, or the format is another one. */
export function exifBlockIn(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  if (isText(bytes, 0, "RIFF") && isText(bytes, 8, "WEBP")) return exifOfWebp(bytes);
  if (isText(bytes, 4, "ftyp")) return exifOfItems(bytes);
  return undefined;
}

/** Whether exifr reads it from the file itself. GIF has none. */
export function isReadByExifr(bytes: Uint8Array): boolean {
  return ["\xff\xd8", "\x89PNG", "II", "MM"].some((signature) => isText(bytes, 0, signature));
}

/**
 * XMP is found without knowing the format: that is what its packets are for (XMP part 3, "packet scanning").
 *
 * @returns the names of what is said in it, without namespaces.
 */
export function xmpNamesIn(text: string): string[] {
  return [...text.matchAll(/<rdf:RDF[\s>].*?<\/rdf:RDF>/gs)].flatMap(([packet]) =>
    [...packet.matchAll(XMP_PROPERTY)].map(([, name = ""]) => name),
  );
}

/** A property as an attribute or an element, that is not empty. */
const XMP_PROPERTY = /[<\s][\w-]+:(\w+)(?=\s*=\s*["'][^"']|\s*>\s*(?:[^<\s]|<rdf:))/g;

/** Of a PNG: its compressed XMP, as libvips writes it. ImageMagick's profiles in hexadecimal digits are not read. */
export async function hiddenIn(bytes: Uint8Array<ArrayBuffer>): Promise<{ xmp: string; isWhole: boolean }> {
  if (!isText(bytes, 1, "PNG")) return { xmp: "", isWhole: true };
  const view = viewOf(bytes);
  const found = { xmp: "", isWhole: true };
  for (let at = PNG_HEAD_BYTES; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = textOf(bytes, at + 4, 4);
    const data = part(bytes, at + 8, length);
    if (isText(data, 0, "Raw profile type ")) found.isWhole = false;
    if (isText(data, 0, XMP_KEYWORD) && type === "zTXt") found.xmp += await inflated(data, 2);
    // Is it compressed, and how; two empty texts follow.
    if (isText(data, 0, XMP_KEYWORD) && type === "iTXt" && data[XMP_KEYWORD.length + 1] === 1)
      found.xmp += await inflated(data, 5);
    at += 12 + length;
  }
  return found;
}

const PNG_HEAD_BYTES = 8;
const XMP_KEYWORD = "XML:com.adobe.xmp";

async function inflated(data: Uint8Array<ArrayBuffer>, skippedBytes: number): Promise<string> {
  const compressed = part(data, XMP_KEYWORD.length + skippedBytes);
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function exifOfWebp(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const view = viewOf(bytes);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (isText(bytes, at, "EXIF")) return tiffOf(part(bytes, at + 8, length));
    at += 8 + length + (length % 2);
  }
  return undefined;
}

interface Box {
  type: string;
  start: number;
  end: number;
}

/** ISO/IEC 14496-12, 8.11: the item "Exif" of the file's `meta`. */
function exifOfItems(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const view = viewOf(bytes);
  const meta = boxesIn(bytes, 0, bytes.length).find(({ type }) => type === "meta");
  if (!meta) return undefined;
  const inMeta = boxesIn(bytes, meta.start + 4, meta.end);
  const named = (type: string) => inMeta.find((box) => box.type === type);
  const infos = named("iinf");
  const id = infos && itemNamed("Exif", bytes, infos);
  if (id === undefined) return undefined;
  const places = named("iloc");
  const extents = places && extentsOf(id, view, places);
  if (!extents) throw new RangeError("The EXIF is nowhere.");
  const base = extents.isInItemData ? (named("idat")?.start ?? bytes.length) : 0;
  const [{ offset, length }] = extents.first;
  const item = part(bytes, base + offset, length);
  // HEIF, A.2.1: how far away the TIFF's header is.
  return tiffOf(part(item, 4 + viewOf(item).getUint32(0)));
}

function boxesIn(bytes: Uint8Array, start: number, end: number): Box[] {
  const view = viewOf(bytes);
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end; ) {
    const short = view.getUint32(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 0 ? end - at : short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    if (size < head || at + size > end) throw new RangeError("A box is larger than what it is in.");
    boxes.push({ type: textOf(bytes, at + 4, 4), start: at + head, end: at + size });
    at += size;
  }
  return boxes;
}

function itemNamed(type: string, bytes: Uint8Array, { start, end }: Box): number | undefined {
  const view = viewOf(bytes);
  const first = start + (view.getUint8(start) === 0 ? 6 : 8);
  for (const info of boxesIn(bytes, first, end)) {
    const isShort = view.getUint8(info.start) < 3;
    const id = isShort ? view.getUint16(info.start + 4) : view.getUint32(info.start + 4);
    if (isText(bytes, info.start + (isShort ? 8 : 10), type)) return id;
  }
  return undefined;
}

interface Extent {
  offset: number;
  length: number;
}

/** Of an item that is in one piece, as EXIF is by every writer that is known. */
function extentsOf(
  wanted: number,
  view: DataView,
  { start }: Box,
): { isInItemData: boolean; first: [Extent] } | undefined {
  const version = view.getUint8(start);
  let at = start + 4;
  const read = (bytes: number): number => {
    const from = at;
    at += bytes;
    if (bytes === 0) return 0;
    if (bytes === 2) return view.getUint16(from);
    return bytes === 4 ? view.getUint32(from) : Number(view.getBigUint64(from));
  };
  const sizes = read(2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const idBytes = version < 2 ? 2 : 4;
  const items = read(idBytes);
  for (let item = 0; item < items; item++) {
    const id = read(idBytes);
    const method = version === 0 ? 0 : read(2) & 15;
    read(2);
    const base = read(baseBytes);
    const extents = Array.from({ length: read(2) }, () => {
      read(indexBytes);
      return { offset: base + read(offsetBytes), length: read(lengthBytes) };
    });
    const [only, second] = extents;
    if (id !== wanted) continue;
    if (!only || second || method > 1) throw new RangeError("The EXIF is in pieces.");
    return { isInItemData: method === 1, first: [only] };
  }
  return undefined;
}

/** Some writers put JPEG's header before it. */
function tiffOf(block: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return isText(block, 0, "Exif\0\0") ? block.subarray(6) : block;
}

function part(bytes: Uint8Array<ArrayBuffer>, start: number, length?: number): Uint8Array<ArrayBuffer> {
  const end = length === undefined ? bytes.length : start + length;
  if (start > bytes.length || end > bytes.length) throw new RangeError("The file ends before its EXIF does.");
  return bytes.subarray(start, end);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

function textOf(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  return textOf(bytes, start, text.length) === text;
}
