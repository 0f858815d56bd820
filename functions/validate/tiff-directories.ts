/** Reads the directories of a TIFF, as far as a stranger's bytes are to be trusted: bounded, and never past the end. */

export interface Directory {
  /** Counted from 0; undefined of what another directory refers to. */
  page: number | undefined;
  has(tag: number): boolean;
  /** The first value of a field. */
  number(tag: number): number | undefined;
  /** At most 64 values of a field; none when it is not there, or not of numbers. */
  numbers(tag: number): number[];
  /** The start of a field, as text in Latin-1: 64 characters, unless told. */
  text(tag: number, max?: number): string;
}

/** Real files have a few dozen fields, and hardly ever more directories. */
const MAX_DIRECTORIES = 32;
const MAX_FIELDS = 1024;
const MAX_VALUES = 64;
const SUB_DIRECTORIES = 330;

/** @returns the first directory, those that follow it, and those that any of them refers to. None of a file that is no TIFF. */
export function readDirectories(bytes: Buffer): Directory[] {
  const file = tiffReader(bytes);
  if (file === undefined) return [];
  const directories: Directory[] = [];
  const waiting: Place[] = [{ at: file.firstDirectory, page: 0 }];
  const seen = new Set<number>();
  for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
    const { at, page } = place;
    if (at <= 0 || seen.has(at) || directories.length >= MAX_DIRECTORIES) continue;
    seen.add(at);
    const read = readDirectory(file, at);
    if (read === undefined) continue;
    const directory = { ...read.directory, page };
    directories.push(directory);
    waiting.push(...directory.numbers(SUB_DIRECTORIES).map((sub) => ({ at: sub, page: undefined })), {
      at: read.next,
      page: page === undefined ? undefined : page + 1,
    });
  }
  return directories;
}

interface Place {
  at: number;
  page: number | undefined;
}

/** @param at where it starts, as a field of another directory says. */
export function readDirectoryAt(bytes: Buffer, at: number): Directory | undefined {
  const file = tiffReader(bytes);
  return file && at > 0 ? readDirectory(file, at)?.directory : undefined;
}

/** How many pictures follow one another, counted no further than `max`. */
export function countPages(bytes: Buffer, max: number): number {
  const file = tiffReader(bytes);
  if (file === undefined) return 0;
  const { isBig, read } = file;
  let pages = 0;
  for (let at = file.firstDirectory; at > 0 && pages < max; pages++) {
    const fields = read(at, isBig ? 8 : 2);
    if (fields === undefined || fields > MAX_FIELDS) break;
    at = read(at + (isBig ? 8 + fields * 20 : 2 + fields * 12), isBig ? 8 : 4) ?? 0;
  }
  return pages;
}

interface TiffReader {
  isBig: boolean;
  firstDirectory: number;
  length: number;
  /** An unsigned number of 1, 2, 4 or 8 bytes; undefined past the end. */
  read(at: number, size: number): number | undefined;
  text(at: number, length: number): string;
}

function tiffReader(bytes: Buffer): TiffReader | undefined {
  const order = bytes.toString("latin1", 0, 2);
  if (order !== "II" && order !== "MM") return undefined;
  const isLittle = order === "II";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = (at: number, size: number) => {
    if (at < 0 || at + size > bytes.length) return undefined;
    if (size === 8) return Number(view.getBigUint64(at, isLittle));
    if (size === 4) return view.getUint32(at, isLittle);
    return size === 2 ? view.getUint16(at, isLittle) : view.getUint8(at);
  };
  const isBig = read(2, 2) === 43;
  const firstDirectory = isBig ? read(8, 8) : read(4, 4);
  if (firstDirectory === undefined) return undefined;
  const text = (at: number, length: number) => bytes.toString("latin1", at, at + length);
  return { isBig, firstDirectory, length: bytes.length, read, text };
}

interface Field {
  type: number;
  count: number;
  valueAt: number;
}

function readDirectory(file: TiffReader, at: number): { directory: Directory; next: number } | undefined {
  const { isBig, read } = file;
  const sizes = isBig ? { count: 8, field: 20, offset: 8 } : { count: 2, field: 12, offset: 4 };
  const count = read(at, sizes.count);
  if (count === undefined || count > MAX_FIELDS) return undefined;
  const fields = new Map<number, Field>();
  for (let index = 0; index < count; index++) {
    const fieldAt = at + sizes.count + index * sizes.field;
    const tag = read(fieldAt, 2);
    const field = readField(file, fieldAt, sizes.offset);
    if (tag === undefined || field === undefined) break;
    // Of a field that is there twice the first one counts, as it does for libtiff.
    if (!fields.has(tag)) fields.set(tag, field);
  }
  const next = read(at + sizes.count + count * sizes.field, sizes.offset) ?? 0;
  return { directory: directoryOf(file, fields), next };
}

function readField(file: TiffReader, at: number, offsetSize: number): Field | undefined {
  const type = file.read(at + 2, 2);
  const count = file.read(at + 4, offsetSize);
  if (type === undefined || count === undefined) return undefined;
  const inline = at + 4 + offsetSize;
  const isInline = count * (TYPE_BYTES[type] ?? 1) <= offsetSize;
  const valueAt = isInline ? inline : file.read(inline, offsetSize);
  return valueAt === undefined ? undefined : { type, count, valueAt };
}

function directoryOf(file: TiffReader, fields: Map<number, Field>): Directory {
  const numbers = (tag: number, max = MAX_VALUES) => {
    const field = fields.get(tag);
    const size = field && NUMBER_BYTES[field.type];
    if (field === undefined || size === undefined) return [];
    const values: number[] = [];
    for (let index = 0; index < Math.min(field.count, max); index++) {
      const value = file.read(field.valueAt + index * size, size);
      if (value === undefined) break;
      values.push(value);
    }
    return values;
  };
  return {
    page: undefined,
    has: (tag) => fields.has(tag),
    numbers: (tag) => numbers(tag),
    number: (tag) => numbers(tag, 1)[0],
    text: (tag, max = MAX_VALUES) => {
      const field = fields.get(tag);
      return field?.type === ASCII ? file.text(field.valueAt, Math.min(field.count, max)) : "";
    },
  };
}

const ASCII = 2;
/** By the number of the type: BYTE, SHORT, LONG, IFD, LONG8 and IFD8 are numbers of use here. */
const NUMBER_BYTES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };
const TYPE_BYTES: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};
