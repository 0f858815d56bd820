/** Whether the functions can hold what the settings let in, and write what they ask for, in time. */
import { leastBytes, mostAnimatedPixels } from "../functions/resize/memory.ts";
import type { OutputFormat, Variant } from "../functions/shared/preset.ts";
import type { Limits } from "../functions/shared/settings.ts";
import { leastBytesToInspect } from "../functions/validate/memory.ts";
import { type Largest, leastBytesToEncode } from "../functions/watermark/memory.ts";
import {
  filesOf,
  MAX_PIXELS_AT_DEFAULT_EFFORT,
  MAX_PIXELS_TRIED_WHOLE,
  secondsToEncode,
  WATERMARK_SECONDS,
} from "../functions/watermark/seconds.ts";

export interface Complaint {
  path: (string | number)[];
  message: string;
}

/** Variants, and where the settings have them. */
export interface VariantList {
  path: string[];
  variants: Variant[];
}

interface Memory {
  validate: number;
  resize: number;
  watermark: number;
}

const MIB = 2 ** 20;

export function memoryComplaints(
  limits: Limits,
  memoryMb: Memory,
  lists: VariantList[],
  keepsDisplayP3: boolean,
): Complaint[] {
  const { maxBytes, maxPixels, maxFrames } = limits;
  const ofLimits = `"limits": maxBytes ${maxBytes}`;
  const largest = ({ width, height }: Variant): Largest => {
    const box = width * height;
    const animated = Math.min(maxPixels, mostAnimatedPixels(memoryMb.resize * MIB), box * maxFrames);
    return { framePixels: Math.min(box, maxPixels), pixels: Math.max(Math.min(box, maxPixels), animated) };
  };
  const needs = [
    { name: "resize", bytes: leastBytes(limits), for: `${ofLimits} and maxPixels ${maxPixels}` },
    { name: "validate", bytes: leastBytesToInspect(limits), for: ofLimits },
    ...lists.map(({ path, variants }) => ({
      name: "watermark" as const,
      bytes: leastBytesToEncode(variants, largest, keepsDisplayP3),
      for: `"${path.join(".")}", of pictures as large as "limits" lets in,`,
    })),
  ] as const;
  return needs.flatMap(({ name, bytes, for: cause }) => {
    const leastMb = Math.ceil(bytes / MIB);
    if (leastMb <= memoryMb[name]) return [];
    return [{ path: ["memoryMb", name], message: `is too little for ${cause} take ${leastMb} MB` }];
  });
}

/** Of photographs and animations as large as they may come out. */
export function timeComplaints(
  limits: Limits,
  memoryMb: Pick<Memory, "resize" | "watermark">,
  { path, variants }: VariantList,
): Complaint[] {
  const shareOfVcpu = Math.min(1, memoryMb.watermark / VCPU_MB);
  const complaints = (seconds: number, what: string, advice: string): Complaint[] => {
    const most = Math.ceil(seconds / shareOfVcpu);
    if (most <= WATERMARK_SECONDS) return [];
    const message = `may take watermark ${most} s to encode of ${what}, and it has ${WATERMARK_SECONDS}: ask for fewer, for smaller ones, or for ${advice}`;
    return [{ path, message }];
  };
  return [
    ...complaints(secondsOfPhotograph(limits, variants), "a photograph", 'less "effort"'),
    ...complaints(
      secondsOfAnimation(limits, memoryMb.resize, variants),
      "an animation",
      'a smaller "limits.maxPixels"',
    ),
  ];
}

/** Each variant fills its box. */
function secondsOfPhotograph({ maxPixels }: Limits, variants: Variant[]): number {
  const files = variants.flatMap(({ width, height, formats, effort, quality }) => {
    const pixels = Math.min(width * height, maxPixels);
    return formats.map((format) => ({ format, effort, quality, pixels, frames: 1 }));
  });
  return secondsToEncode(files);
}

/** Of the shapes that pixels may have, about: few large frames or many small ones, square or long. */
function secondsOfAnimation({ maxPixels, maxFrames }: Limits, resizeMb: number, variants: Variant[]): number {
  const most = Math.min(maxPixels, mostAnimatedPixels(resizeMb * MIB));
  // What is just small enough for more effort takes longer than what is larger.
  const totals = [most, MAX_PIXELS_TRIED_WHOLE, MAX_PIXELS_AT_DEFAULT_EFFORT].filter(
    (total) => total <= most,
  );
  const counts = [2, 4, 8, 16, 32, 64, 128, 256, maxFrames].filter(
    (count) => count > 1 && count <= maxFrames,
  );
  const seconds = totals.flatMap((total) =>
    counts.flatMap((frames) =>
      ASPECTS.map((aspect) => {
        const height = Math.max(1, Math.floor(Math.sqrt(total / frames / aspect)));
        const original = { width: Math.floor(total / frames / height), height, frames };
        // "contain" refuses what would fill too many boxes.
        const files = filesOf(original, variants);
        return secondsToEncode(files.filter(({ pixels }) => pixels * frames <= maxPixels));
      }),
    ),
  );
  return Math.max(0, ...seconds);
}

const ASPECTS = [1 / 4, 1 / 2, 2 / 3, 1, 3 / 2, 2, 4];

/** Memory that comes with a vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const VCPU_MB = 1769;

/**
 * Most pixels of a side, of those that formats take fewer of than a variant may ask for: libwebp's WEBP_MAX_DIMENSION. JPEG takes 65,500 of libvips,
 * AVIF 16,384. https://developers.google.com/speed/webp/faq
 */
const MOST_PIXELS_OF_SIDE: Partial<Record<OutputFormat, number>> = { webp: 16_383 };

export function sideComplaints({ path, variants }: VariantList): Complaint[] {
  return variants.flatMap(({ width, height, formats }, index) =>
    formats.flatMap((format) => {
      const most = MOST_PIXELS_OF_SIDE[format];
      if (most === undefined || Math.max(width, height) <= most) return [];
      return [
        {
          path: [...path, index],
          message: `asks for up to ${Math.max(width, height)} pixels a side in ${format}, which has ${most} at most`,
        },
      ];
    }),
  );
}

export function containComplaints({ path, variants }: VariantList, { maxPixels }: Limits): Complaint[] {
  return variants.flatMap(({ fit, width, height }, index) =>
    fit === "contain" && width * height > maxPixels
      ? [
          {
            path: [...path, index],
            message: 'has a box of more pixels than "limits.maxPixels", and "contain" fills it',
          },
        ]
      : [],
  );
}
