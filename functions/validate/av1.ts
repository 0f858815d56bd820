/** What an AV1 sequence header says of samples and colour: https://aomediacodec.github.io/av1-spec/#sequence-header-obu-syntax */
import type { Cicp } from "./cicp.ts";

export interface Av1Sequence {
  bitDepth: 8 | 10 | 12;
  isMonochrome: boolean;
  /** As numbers of ITU-T H.273; `2` is unspecified. */
  cicp: Cicp;
  isFullRange: boolean;
}

/** @param data starts with an open bitstream unit, as the data of an `av01` item does. */
export function readSequence(data: Buffer): Av1Sequence | undefined {
  let at = 0;
  // The sequence header is the first unit, or the one after a delimiter.
  for (let unit = 0; unit < 4 && at < data.length; unit++) {
    const head = data[at] ?? 0;
    const type = (head >> 3) & 15;
    at += head & 4 ? 2 : 1;
    const size = head & 2 ? leb128(data, at) : { value: data.length - at, length: 0 };
    at += size.length;
    if (type === SEQUENCE_HEADER) return sequenceIn(data.subarray(at, at + size.value));
    at += size.value;
  }
  return undefined;
}

const SEQUENCE_HEADER = 1;

function leb128(data: Buffer, start: number): { value: number; length: number } {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = data[start + index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) === 0) return { value, length: index + 1 };
  }
  return { value, length: 8 };
}

/** Bits from the uppermost on; past the end they are zero. */
function bitsOf(data: Buffer) {
  let at = 0;
  const read = (count: number) => {
    let value = 0;
    for (let index = 0; index < count; index++, at++)
      value = value * 2 + (((data[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  return { read, flag: () => read(1) === 1 };
}

type Bits = ReturnType<typeof bitsOf>;

function sequenceIn(payload: Buffer): Av1Sequence | undefined {
  if (payload.length === 0) return undefined;
  const bits = bitsOf(payload);
  const profile = bits.read(3);
  bits.read(1);
  const isReduced = bits.flag();
  if (isReduced) bits.read(5);
  else skipOperatingPoints(bits);
  const [widthBits, heightBits] = [bits.read(4) + 1, bits.read(4) + 1];
  bits.read(widthBits + heightBits);
  if (!isReduced && bits.flag()) bits.read(7);
  bits.read(3);
  if (!isReduced) skipTools(bits);
  bits.read(3);
  return colourConfig(bits, profile);
}

function skipOperatingPoints(bits: Bits): void {
  let delayBits = 0;
  const hasTiming = bits.flag();
  if (hasTiming) {
    bits.read(64);
    if (bits.flag()) skipVariableLength(bits);
  }
  const hasDecoderModel = hasTiming && bits.flag();
  if (hasDecoderModel) {
    delayBits = bits.read(5) + 1;
    bits.read(42);
  }
  const hasDisplayDelay = bits.flag();
  const points = bits.read(5) + 1;
  for (let point = 0; point < points; point++) {
    bits.read(12);
    if (bits.read(5) > 7) bits.read(1);
    if (hasDecoderModel && bits.flag()) bits.read(2 * delayBits + 1);
    if (hasDisplayDelay && bits.flag()) bits.read(4);
  }
}

function skipVariableLength(bits: Bits): void {
  let zeros = 0;
  while (zeros < 32 && !bits.flag()) zeros++;
  if (zeros < 32) bits.read(zeros);
}

function skipTools(bits: Bits): void {
  bits.read(4);
  const hasOrderHint = bits.flag();
  if (hasOrderHint) bits.read(2);
  const forcesScreenContent = bits.flag() || bits.flag();
  if (forcesScreenContent && !bits.flag()) bits.read(1);
  if (hasOrderHint) bits.read(3);
}

function colourConfig(bits: Bits, profile: number): Av1Sequence {
  const isHigh = bits.flag();
  const bitDepth = isHigh ? (profile === 2 && bits.flag() ? 12 : 10) : 8;
  const isMonochrome = profile === 1 ? false : bits.flag();
  const cicp = bits.flag()
    ? { primaries: bits.read(8), transfer: bits.read(8), matrix: bits.read(8) }
    : { primaries: 2, transfer: 2, matrix: 2 };
  const isRgb = cicp.primaries === 1 && cicp.transfer === 13 && cicp.matrix === 0;
  return { bitDepth, isMonochrome, cicp, isFullRange: (!isMonochrome && isRgb) || bits.flag() };
}
