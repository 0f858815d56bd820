/** The segments of a JPEG: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */

export const START_OF_SCAN = 0xda;
export const END = 0xd9;
export const HUFFMAN_TABLES = 0xc4;
export const JPEG_LS = 0xf7;

/** Whether it tells how samples are coded. Between these markers lie those of tables, of an extension, and of arithmetic coding. */
export function isFrame(marker: number): boolean {
  return (
    marker === JPEG_LS || (marker >= 0xc0 && marker <= 0xcf && ![HUFFMAN_TABLES, 0xc8, 0xcc].includes(marker))
  );
}

export interface Segment {
  marker: number;
  /** Bytes that are no part of any, before it. */
  stray: Buffer;
  /** With its marker and length. */
  bytes: Buffer;
  /** What it holds, without these. */
  body: Buffer;
  /** Entropy-coded data behind the header of a scan, restarts among it. */
  data: Buffer;
}

/** Up to the end of the picture, or of the file. */
export function* segmentsOf(file: Buffer): Generator<Segment> {
  for (let at = 2; at < file.length; ) {
    const start = markerFrom(file, at);
    const end = endOfSegment(file, start);
    const marker = file[start + 1] ?? 0;
    const next = marker === START_OF_SCAN ? endOfData(file, end) : end;
    const bytes = file.subarray(start, end);
    yield {
      marker,
      stray: file.subarray(at, start),
      bytes,
      body: bytes.subarray(4),
      data: file.subarray(end, next),
    };
    if (marker === END) return;
    at = next;
  }
}

/** Where the next marker is, past bytes that are none and bytes that fill up; the end of the file, if there is none. */
function markerFrom(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at + 1))
    if (file[at + 1] !== 0 && file[at + 1] !== 0xff) return at;
  return file.length;
}

function endOfSegment(file: Buffer, start: number): number {
  const marker = file[start + 1] ?? 0;
  const isAlone = marker === 1 || (marker >= 0xd0 && marker <= END);
  if (isAlone || start + 4 > file.length) return Math.min(file.length, start + 2);
  return Math.min(file.length, start + 2 + Math.max(2, file.readUInt16BE(start + 2)));
}

/** It goes on to the next marker that is no restart. */
function endOfData(file: Buffer, from: number): number {
  let at = markerFrom(file, from);
  while (((file[at + 1] ?? 0) & 0xf8) === 0xd0) at = markerFrom(file, at + 2);
  return at;
}
