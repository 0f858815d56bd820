/** Whether the functions can hold what the settings let in, and write what they ask for, in time. */
import { leastBytes, mostAnimatedPixels } from "../functions/resize/memory.ts";
import type { OutputFormat, Variant } from "../functions/shared/preset.ts";
import type { Limits } from "../functions/shared/settings.ts";
import { leastBytesToInspect } from "../functions/validate/memory.ts";
import { type Largest, leastBytesToEncode } from "../functions/watermark/memory.ts";
import { secondsToEncode, WATERMARK_SECONDS } from "../functions/watermark/seconds.ts";

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

/** Of photographs as large as they may come out. */
export function timeComplaints(
  { maxPixels }: Limits,
  memoryMb: Pick<Memory, "watermark">,
  { path, variants }: VariantList,
): Complaint[] {
  const seconds = secondsToEncode(variants, ({ width, height }) => Math.min(width * height, maxPixels));
  const shareOfVcpu = Math.min(1, memoryMb.watermark / VCPU_MB);
  const most = Math.ceil(seconds / shareOfVcpu);
  if (most <= WATERMARK_SECONDS) return [];
  const message = `may take watermark ${most} s to encode of a photograph, and it has ${WATERMARK_SECONDS}: ask for fewer, for smaller ones, or for less "effort"`;
  return [{ path, message }];
}

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
