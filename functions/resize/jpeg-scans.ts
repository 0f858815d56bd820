/**
 * Whether the scans of a JPEG are what its header says, as far as libvips does not tell. Of a picture in one scan it stops reading when
 * it has all rows: where data went wrong on the way, what is left over is the only sign, and nobody hears of it.
 */
import { corrupt } from "../shared/errors.ts";
import { HUFFMAN_TABLES, isFrame, START_OF_SCAN, segmentsOf } from "../validate/jpeg-segments.ts";
import { MAX_FILLING_BYTES } from "./damage.ts";

/** Encoders make some ten of a progressive picture. Each takes as long as decoding all of it, however few bytes it has. */
const MAX_SCANS = 500;

const BASELINE = 0xc0;
const EXTENDED = 0xc1;
const RESTART_INTERVAL = 0xdd;

/** @throws ImageRejected (CORRUPT) */
export function assertScansAreWhole(file: Buffer): void {
  const tables = { dc: new Map<number, CodeTable>(), ac: new Map<number, CodeTable>() };
  let frame: Frame | undefined;
  let hasRestarts = false;
  let scans = 0;
  const shown = new Set<number>();
  for (const { marker, body, data } of segmentsOf(file)) {
    if (isFrame(marker)) frame = frameIn(marker, body);
    if (marker === HUFFMAN_TABLES) readTables(body, tables);
    if (marker === RESTART_INTERVAL && body.length >= 2) hasRestarts = body.readUInt16BE(0) > 0;
    if (marker !== START_OF_SCAN) continue;
    scans += 1;
    if (scans > MAX_SCANS) throw corrupt(new Error(`It has more than ${MAX_SCANS} scans.`));
    const parts = componentsOfScan(body);
    for (const { id } of parts) shown.add(id);
    const isAll = parts.length === frame?.components.length;
    if (!frame?.isSequential || !isAll || hasRestarts) continue;
    const blocks = blocksOf(frame, parts, tables);
    const left = blocks && bytesLeft(data, blocks, unitsIn(frame));
    if (left !== undefined && left > MAX_FILLING_BYTES)
      throw corrupt(new Error(`${left} bytes are left over when all of the picture is decoded.`));
  }
  const missing = frame?.components.find(({ id }) => !shown.has(id));
  if (missing) throw corrupt(new Error(`Its component ${missing.id} is in no scan.`));
}

interface Frame {
  /** In Huffman codes. */
  isSequential: boolean;
  width: number;
  height: number;
  components: { id: number; horizontal: number; vertical: number }[];
}

function frameIn(marker: number, body: Buffer): Frame | undefined {
  const count = body[5] ?? 0;
  if (body.length < 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, index) => {
    const [id = 0, sampling = 0] = body.subarray(6 + 3 * index);
    return { id, horizontal: sampling >> 4, vertical: sampling & 0x0f };
  });
  const isSequential = marker === BASELINE || marker === EXTENDED;
  return { isSequential, width: body.readUInt16BE(3), height: body.readUInt16BE(1), components };
}

interface PartOfScan {
  id: number;
  dc: number;
  ac: number;
}

function componentsOfScan(body: Buffer): PartOfScan[] {
  return Array.from({ length: body[0] ?? 0 }, (_, index) => {
    const [id = 0, selected = 0] = body.subarray(1 + 2 * index);
    return { id, dc: selected >> 4, ac: selected & 0x0f };
  });
}

/** How often the blocks of a scan of all components come one after the other. */
function unitsIn({ width, height, components }: Frame): number {
  const across = 8 * Math.max(...components.map(({ horizontal }) => horizontal));
  const down = 8 * Math.max(...components.map(({ vertical }) => vertical));
  // One component alone is not interleaved with anything.
  const [unitWidth, unitHeight] = components.length === 1 ? [8, 8] : [across, down];
  return Math.ceil(width / unitWidth) * Math.ceil(height / unitHeight);
}

interface Block {
  dc: CodeTable;
  ac: CodeTable;
}

/** In their order; undefined where a table is missing, which decoders have of their own. */
function blocksOf(
  { components }: Frame,
  parts: PartOfScan[],
  tables: { dc: Map<number, CodeTable>; ac: Map<number, CodeTable> },
): Block[] | undefined {
  const blocks: Block[] = [];
  for (const { id, ...selected } of parts) {
    const { horizontal = 1, vertical = 1 } = components.find((component) => component.id === id) ?? {};
    const [dc, ac] = [tables.dc.get(selected.dc), tables.ac.get(selected.ac)];
    if (!dc || !ac) return undefined;
    const times = parts.length === 1 ? 1 : horizontal * vertical;
    for (let block = 0; block < times; block++) blocks.push({ dc, ac });
  }
  return blocks;
}

/** A step through coded data: its bits, and above them how many of a block's 64 coefficients it is. */
type Step = number;
const BITS = 0xff;
const COEFFICIENTS = 8;
/** The rest of a block is zero. Added to a place in the block, its lower bits stay the place. */
const END_OF_BLOCK = 128;
/** That many lead out of any block: the bits do not tell. */
const UNKNOWN: Step = 64 << COEFFICIENTS;

/** Steps by the next bits, of two bytes each. */
interface CodeTable {
  /** By 16 bits, one code and what belongs to it; 0 where there is no such code. */
  one: DataView;
  /** By 12 bits, as many as these hold; `UNKNOWN` where they hold none. */
  several: DataView;
}

const SEVERAL_BITS = 12;
const SEVERAL_SHIFT = 32 - SEVERAL_BITS;

/** Annex C: codes of one length are counted up, and go on at the next length with a 0 behind them. */
function readTables(body: Buffer, tables: { dc: Map<number, CodeTable>; ac: Map<number, CodeTable> }): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const kind = body[at] ?? 0;
    const counts = [...body.subarray(at + 1, at + 17)];
    const values = body.subarray(at + 17, at + 17 + counts.reduce((sum, count) => sum + count, 0));
    const isAc = kind >> 4 === 1;
    (isAc ? tables.ac : tables.dc).set(kind & 0x0f, codeTable(counts, values, isAc));
    at += 17 + values.length;
  }
}

function codeTable(counts: number[], values: Buffer, isAc: boolean): CodeTable {
  const steps = new Uint16Array(2 ** 16);
  let code = 0;
  let next = 0;
  for (const [index, count] of counts.entries()) {
    const length = index + 1;
    for (let nth = 0; nth < count; nth++, code++) {
      const value = values[next++] ?? 0;
      const [run, size] = [value >> 4, value & 0x0f];
      const coefficients = value === 0 ? END_OF_BLOCK : run + 1;
      const step: Step = ((isAc ? coefficients : 0) << COEFFICIENTS) | (length + size);
      steps.fill(step, code << (16 - length), (code + 1) << (16 - length));
    }
    code <<= 1;
  }
  const several = new Uint16Array(2 ** SEVERAL_BITS).map((_, bits) =>
    stepsIn(bits << (16 - SEVERAL_BITS), steps, isAc),
  );
  return { one: new DataView(steps.buffer), several: new DataView(several.buffer) };
}

/** Of DC there is one code in a block, and other ones come after it. */
function stepsIn(bits: number, steps: Uint16Array, isAc: boolean): Step {
  let used = 0;
  let coefficients = 0;
  for (;;) {
    const step = steps[(bits << used) & 0xffff] ?? 0;
    if (step === 0 || used + (step & BITS) > SEVERAL_BITS) break;
    used += step & BITS;
    coefficients += step >> COEFFICIENTS;
    if (!isAc || coefficients >= END_OF_BLOCK) break;
  }
  return used === 0 ? UNKNOWN : (coefficients << COEFFICIENTS) | used;
}

/** One unit of blocks is read before it is seen whether there was one: ten blocks at most, of 64 steps of 31 bits. */
const BEYOND_BYTES = 4096;

/** @returns undefined where the data ends before the picture does: decoders tell that. */
function bytesLeft(data: Buffer, blocks: Block[], units: number): number | undefined {
  const bytes = withoutStuffing(data);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = bytes.length - BEYOND_BYTES;
  let at = 0;
  for (let unit = 0; unit < units && at <= length * 8; unit++)
    for (const { dc, ac } of blocks) {
      at = afterBlock(view, at, dc, ac);
      // No code is so, and what follows is no picture.
      if (at < 0) return length;
    }
  return at <= length * 8 ? lengthWithoutPadding(bytes.subarray(Math.ceil(at / 8), length)) : undefined;
}

/** Some cameras fill up their files with one byte again and again. */
function lengthWithoutPadding(left: Buffer): number {
  let length = left.length;
  while (length > 1 && left[length - 2] === left[length - 1]) length -= 1;
  return length > 1 ? length : 0;
}

/** Behind 0xff is a 0 that means nothing, or another 0xff that fills up. */
function withoutStuffing(data: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(data.length + BEYOND_BYTES);
  let length = 0;
  let from = 0;
  for (let at = data.indexOf(0xff); at >= 0; at = data.indexOf(0xff, at + 1)) {
    const isStuffed = data[at + 1] === 0;
    length += data.copy(bytes, length, from, isStuffed ? at + 1 : at);
    from = isStuffed ? at + 2 : at + 1;
  }
  length += data.copy(bytes, length, from);
  return bytes.subarray(0, length + BEYOND_BYTES).fill(0, length);
}

/** @param at in bits. @returns where the block ends, or -1 where there is no such code. */
function afterBlock(view: DataView, at: number, dc: CodeTable, ac: CodeTable): number {
  const { one, several } = ac;
  let bit = at;
  let place = 1;
  // 25 bits and more, from the first: enough for two steps of twelve.
  let bits = view.getUint32(bit >> 3) << (bit & 7);
  let step = dc.several.getUint16((bits >>> SEVERAL_SHIFT) << 1, true);
  if (step === UNKNOWN) {
    step = dc.one.getUint16((bits >>> 16) << 1, true);
    if (step === 0) return -1;
    bit += step;
    bits = view.getUint32(bit >> 3) << (bit & 7);
  } else {
    bit += step;
    bits <<= step;
  }
  for (let isSecond = true; ; isSecond = !isSecond) {
    step = several.getUint16((bits >>> SEVERAL_SHIFT) << 1, true);
    const to = place + (step >> COEFFICIENTS);
    if ((to & (END_OF_BLOCK - 1)) <= 63) {
      bit += step & BITS;
      if (to > 63) return bit;
      place = to;
      bits = isSecond ? view.getUint32(bit >> 3) << (bit & 7) : bits << (step & BITS);
    } else {
      // Some of these steps are the next block's, or it takes more bits to tell.
      bits = view.getUint32(bit >> 3) << (bit & 7);
      step = one.getUint16((bits >>> 16) << 1, true);
      if (step === 0) return -1;
      bit += step & BITS;
      place += step >> COEFFICIENTS;
      if (place > 63) return bit;
      bits = view.getUint32(bit >> 3) << (bit & 7);
      isSecond = true;
    }
  }
}
