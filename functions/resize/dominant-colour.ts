/** The colour that a person would call a picture's, and that can lie behind it. */

/**
 * The heaviest group of colours that look alike, by its mean. Each pixel weighs the more the more colourful it is, and
 * little when it is nearly black or white: a black corner or a white page is the colour of a picture only when there is
 * not much else.
 * @param rgba 8-bit samples; what is mostly transparent does not count.
 * @returns `#rrggbb`
 */
export function dominantColour(rgba: Uint8Array): string {
  const weights = new Float64Array(CELLS);
  const cells = new Int32Array(rgba.length / 4).fill(TRANSPARENT);
  for (let pixel = 0; pixel < cells.length; pixel++) {
    if (sampleAt(rgba, pixel * 4 + 3) < 128) continue;
    const lab = oklabOf(rgba, pixel * 4);
    const cell = cellOf(lab);
    cells[pixel] = cell;
    weights[cell] = (weights[cell] ?? 0) + weightOf(lab);
  }
  const centre = heaviest(weights);
  // A picture that is transparent all over has the colour of what it is usually shown on.
  if (centre === undefined) return "#ffffff";
  const group = new Set(neighbourhoodOf(centre));
  const sums = [0, 0, 0];
  let pixels = 0;
  for (const [pixel, cell] of cells.entries()) {
    if (!group.has(cell)) continue;
    pixels++;
    for (const channel of CHANNELS)
      sums[channel] = (sums[channel] ?? 0) + sampleAt(rgba, pixel * 4 + channel);
  }
  return `#${sums
    .map((sum) =>
      Math.round(sum / pixels)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

type Lab = [lightness: number, a: number, b: number];

const CHANNELS = [0, 1, 2];
const TRANSPARENT = -1;

/** Oklab in cells, 0.1 of lightness high and 0.05 wide: differences that are seen, but not as another colour. */
const LEVEL = 0.1;
const STEP = 0.05;
/** Lightness goes from 0 to 1 and a and b from -0.35 to 0.3; with a margin, so that every cell has neighbours. */
const LEVELS = 13;
const STEPS = 18;
const CELLS = LEVELS * STEPS * STEPS;

function cellOf([lightness, a, b]: Lab): number {
  const level = 1 + Math.floor(lightness / LEVEL);
  const [stepA = 0, stepB = 0] = [a, b].map((value) => Math.floor(value / STEP) + STEPS / 2);
  return (level * STEPS + stepA) * STEPS + stepB;
}

/** A cell with the 26 around it, so that a colour on the edge of a cell does not count by halves. */
function neighbourhoodOf(cell: number): number[] {
  const around = [-1, 0, 1];
  return around.flatMap((level) =>
    around.flatMap((a) => around.map((b) => cell + (level * STEPS + a) * STEPS + b)),
  );
}

/** @returns undefined when nothing has any weight. */
function heaviest(weights: Float64Array): number | undefined {
  let found: { cell: number; weight: number } | undefined;
  for (const [cell, own] of weights.entries()) {
    if (own === 0) continue;
    // Its own once more: of two that have the same neighbours, the heavier one.
    const weight = neighbourhoodOf(cell).reduce((sum, near) => sum + (weights[near] ?? 0), own);
    if (found === undefined || weight > found.weight) found = { cell, weight };
  }
  return found?.cell;
}

/** Chroma from which on a colour counts as a full one; that of skin and wood is about 0.1. */
const COLOURFUL = 0.12;
const GREY_WEIGHT = 0.3;
const EXTREME_WEIGHT = 0.3;

function weightOf([lightness, a, b]: Lab): number {
  const colour = GREY_WEIGHT + (1 - GREY_WEIGHT) * Math.min(1, Math.hypot(a, b) / COLOURFUL);
  return lightness < 0.2 || lightness > 0.97 ? colour * EXTREME_WEIGHT : colour;
}

/** https://bottosson.github.io/posts/oklab/ */
function oklabOf(rgba: Uint8Array, at: number): Lab {
  const [red = 0, green = 0, blue = 0] = CHANNELS.map((channel) => LINEAR[sampleAt(rgba, at + channel)]);
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

/** What each 8-bit sRGB sample is in linear light: IEC 61966-2-1. */
const LINEAR = Float64Array.from({ length: 256 }, (_, sample) => {
  const value = sample / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

function sampleAt(samples: Uint8Array, at: number): number {
  return samples[at] ?? 0;
}
