/** The start of an uncompressed TIFF, so that libvips takes samples that are there already together with their colour profile. */

export interface TiffSamples {
  width: number;
  height: number;
  /** 1: grey. 2: grey and alpha. 3: RGB. 4: RGB and alpha. 8 bits each. */
  channels: 1 | 2 | 3 | 4;
  isPremultiplied: boolean;
  icc: Buffer | undefined;
  /** Where the samples start. */
  dataAt: number;
}

/** Enough that libvips need not hold the picture, few enough that the head stays small. */
const MAX_STRIPS = 1024;

/** @throws RangeError where the head does not end before `dataAt`. https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
export function tiffHead({ width, height, channels, isPremultiplied, icc, dataAt }: TiffSamples): Buffer {
  const rowsPerStrip = Math.max(16, Math.ceil(height / MAX_STRIPS));
  const strips = Array.from({ length: Math.ceil(height / rowsPerStrip) }, (_, index) => {
    const rows = Math.min(rowsPerStrip, height - index * rowsPerStrip);
    return { at: dataAt + index * rowsPerStrip * width * channels, bytes: rows * width * channels };
  });
  const fields: Field[] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, Array(channels).fill(8)],
    [259, SHORT, [1]],
    [262, SHORT, [channels < 3 ? BLACK_IS_ZERO : RGB]],
    [273, LONG, strips.map(({ at }) => at)],
    [277, SHORT, [channels]],
    [278, LONG, [rowsPerStrip]],
    [279, LONG, strips.map(({ bytes }) => bytes)],
    ...(channels % 2 === 0 ? [[338, SHORT, [isPremultiplied ? 1 : 2]] satisfies Field] : []),
    ...(icc ? [[34675, UNDEFINED, icc] satisfies Field] : []),
  ];
  const head = Buffer.alloc(dataAt);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(fields.length, 8);
  let freeAt = 10 + fields.length * 12 + 4;
  for (const [index, [tag, type, values]] of fields.entries()) {
    const at = 10 + index * 12;
    const data = encoded(type, values);
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(values.length, at + 4);
    const isShort = data.length <= 4;
    if (!isShort) head.writeUInt32LE(freeAt, at + 8);
    head.set(data, isShort ? at + 8 : freeAt);
    if (!isShort) freeAt += data.length;
  }
  return head;
}

type Field = [tag: number, type: 3 | 4 | 7, values: number[] | Buffer];
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
const BLACK_IS_ZERO = 1;
const RGB = 2;

function encoded(type: 3 | 4 | 7, values: number[] | Buffer): Uint8Array {
  if (Buffer.isBuffer(values)) return values;
  const data = Buffer.alloc(values.length * (type === SHORT ? 2 : 4));
  values.forEach((value, index) => {
    if (type === SHORT) data.writeUInt16LE(value, index * 2);
    else data.writeUInt32LE(value, index * 4);
  });
  return data;
}
