/** Colour that a file gives as numbers of ITU-T H.273 (CICP) and not as a profile, to sRGB. libvips takes no notice of those. */
import type { Cicp } from "../validate/cicp.ts";
import type { Colorimetry } from "../validate/png.ts";

/** Whether there is anything to convert. BT.709 and its equals are shown as sRGB by everyone. */
export function isOtherThanSrgb({ primaries, transfer }: Cicp): boolean {
  return CHROMATICITIES[primaries] !== undefined || LINEARIZED[transfer] !== undefined;
}

/**
 * @param samples of 16 bits, of `channels` channels; those after the first three are no colour.
 * @returns samples of 8 bits in sRGB. Colours outside of it become the nearest by each channel.
 */
export function toSrgb(samples: Uint16Array, channels: number, colour: Cicp | Colorimetry): Buffer {
  const { linearize, chromaticities } = "primaries" in colour ? byNumbers(colour) : byColorimetry(colour);
  const toLinear = Float32Array.from({ length: 65_536 }, (_, value) => linearize(value / 65_535));
  const fromLinear = Uint8Array.from({ length: 65_536 }, (_, value) =>
    Math.round(255 * linearToSrgb(value / 65_535)),
  );
  const matrix = multiply(XYZ_TO_SRGB, rgbToXyz(chromaticities));
  const rows = matrix.map((row) => row.map((factor) => factor * 65_535));
  const converted = Buffer.alloc(samples.length);
  const linearAt = (at: number) => toLinear[samples[at] ?? 0] ?? 0;
  for (let at = 0; at < samples.length; at += channels) {
    const [red, green, blue] = [linearAt(at), linearAt(at + 1), linearAt(at + 2)];
    for (let channel = 0; channel < 3; channel++) {
      const [r = 0, g = 0, b = 0] = rows[channel] ?? [];
      const value = r * red + g * green + b * blue;
      converted[at + channel] = fromLinear[Math.max(0, Math.min(65_535, Math.round(value)))] ?? 0;
    }
    for (let channel = 3; channel < channels; channel++)
      converted[at + channel] = (samples[at + channel] ?? 0) >> 8;
  }
  return converted;
}

interface Light {
  linearize: (value: number) => number;
  chromaticities: Chromaticities;
}

const byNumbers = ({ primaries, transfer }: Cicp): Light => ({
  linearize: LINEARIZED[transfer] ?? srgbToLinear,
  chromaticities: CHROMATICITIES[primaries] ?? SRGB,
});

function byColorimetry({ gamma, chromaticities }: Colorimetry): Light {
  const [wx = 0, wy = 0, rx = 0, ry = 0, gx = 0, gy = 0, bx = 0, by = 0] = chromaticities ?? [];
  return {
    linearize: gamma === undefined ? srgbToLinear : (value) => value ** gamma,
    chromaticities: chromaticities
      ? [
          [rx, ry],
          [gx, gy],
          [bx, by],
          [wx, wy],
        ]
      : SRGB,
  };
}

const srgbToLinear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const linearToSrgb = (value: number) =>
  value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;

/** By transfer characteristics; those that are not here are shown as sRGB. */
const LINEARIZED: Record<number, (value: number) => number> = {
  4: (value) => value ** 2.2,
  5: (value) => value ** 2.8,
  8: (value) => value,
};

/** x and y of red, green, blue and white. */
type Chromaticities = [red: Point, green: Point, blue: Point, white: Point];
type Point = [x: number, y: number];
type Matrix = number[][];

const D65: Point = [0.3127, 0.329];
const ILLUMINANT_C: Point = [0.31, 0.316];
const SRGB: Chromaticities = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D65];
const SMPTE_C: Chromaticities = [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], D65];
const P3: [Point, Point, Point] = [
  [0.68, 0.32],
  [0.265, 0.69],
  [0.15, 0.06],
];

/** By colour primaries; those that are not here are sRGB's, or unspecified. */
const CHROMATICITIES: Record<number, Chromaticities> = {
  4: [[0.67, 0.33], [0.21, 0.71], [0.14, 0.08], ILLUMINANT_C],
  5: [[0.64, 0.33], [0.29, 0.6], [0.15, 0.06], D65],
  6: SMPTE_C,
  7: SMPTE_C,
  8: [[0.681, 0.319], [0.243, 0.692], [0.145, 0.049], ILLUMINANT_C],
  9: [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D65],
  11: [...P3, [0.314, 0.351]],
  12: [...P3, D65],
  22: [[0.63, 0.34], [0.295, 0.605], [0.155, 0.077], D65],
};

const whole = ([x, y]: Point): number[] => [x / y, 1, (1 - x - y) / y];

/** To XYZ of D65: white stays white, by the adaptation of Bradford. http://www.brucelindbloom.com/Eqn_RGB_XYZ_Matrix.html */
function rgbToXyz([red, green, blue, white]: Chromaticities): Matrix {
  const primaries = transpose([whole(red), whole(green), whole(blue)]);
  const strengths = apply(inverse(primaries), whole(white));
  const own = primaries.map((row) => row.map((value, column) => value * (strengths[column] ?? 0)));
  const from = apply(BRADFORD, whole(white));
  const to = apply(BRADFORD, whole(D65));
  const scale = to.map((value, row) =>
    to.map((_, column) => (row === column ? value / (from[row] ?? 1) : 0)),
  );
  return multiply(multiply(inverse(BRADFORD), multiply(scale, BRADFORD)), own);
}

const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

const apply = (matrix: Matrix, vector: number[]) =>
  matrix.map((row) => row.reduce((sum, value, column) => sum + value * (vector[column] ?? 0), 0));
const transpose = (matrix: Matrix): Matrix =>
  [0, 1, 2].map((column) => matrix.map((row) => row[column] ?? 0));
const multiply = (one: Matrix, other: Matrix): Matrix =>
  transpose(transpose(other).map((column) => apply(one, column)));

/** Of three by three, by cofactors. */
function inverse(matrix: Matrix): Matrix {
  const at = (row: number, column: number) => matrix[row % 3]?.[column % 3] ?? 0;
  const cofactor = (row: number, column: number) =>
    at(row + 1, column + 1) * at(row + 2, column + 2) - at(row + 1, column + 2) * at(row + 2, column + 1);
  const determinant = [0, 1, 2].reduce((sum, column) => sum + at(0, column) * cofactor(0, column), 0);
  return [0, 1, 2].map((row) => [0, 1, 2].map((column) => cofactor(column, row) / determinant));
}

const XYZ_TO_SRGB = inverse(rgbToXyz(SRGB));
