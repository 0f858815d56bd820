/** What is to be made of what was staged: every canvas is read and marked once, every file is made once. */
import { bytesIn } from "../shared/pixels.ts";
import type { Variant } from "../shared/preset.ts";
import type { Mark } from "../shared/settings.ts";
import type { Original, PublishedVariant, StagedVariant } from "../shared/state.ts";
import type { Encoding } from "./encode.ts";

export interface File extends Encoding {
  key: string;
}

/** Staged pixels, and the files that are made of them. */
export interface Canvas {
  staged: StagedVariant;
  isMarked: boolean;
  files: File[];
}

export interface Plan {
  canvases: Canvas[];
  /** What the record is told, variant by variant; those that come out the same name one file. */
  published: Omit<PublishedVariant, "bytes">[];
}

/**
 * @param folder that the execution publishes into, with a slash at its end.
 * @throws when a variant was staged that is not configured any more.
 */
export function planFiles(
  folder: string,
  stagedVariants: StagedVariant[],
  settings: { variants: Variant[]; mark: Pick<Mark, "variants"> | undefined },
): Plan {
  const canvases = new Map<string, Canvas>();
  const keys = new Map<string, string>();
  const published: Plan["published"] = [];
  for (const staged of stagedVariants) {
    const { name, width, height } = staged;
    const { formats, quality, effort, maxBytes, watermark } = variantNamed(name, settings.variants);
    const isMarked = settings.mark !== undefined && (watermark ?? settings.mark.variants.includes(name));
    const canvasKind = `${staged.key} ${staged.offset} ${isMarked}`;
    const canvas = canvases.get(canvasKind) ?? { staged, isMarked, files: [] };
    canvases.set(canvasKind, canvas);
    for (const format of formats) {
      const fileKind = `${canvasKind} ${format} ${quality} ${effort} ${maxBytes}`;
      const key = keys.get(fileKind) ?? `${folder}${name}.${format}`;
      if (!keys.has(fileKind)) canvas.files.push({ key, format, quality, effort, maxBytes });
      keys.set(fileKind, key);
      published.push({ name, format, key, width, height });
    }
  }
  // Small ones first, as they arrive.
  const bytesOfFrame = ({ staged }: Canvas) => bytesIn({ ...staged, frames: 1 });
  const inOrder = [...canvases.values()].sort((one, other) => bytesOfFrame(one) - bytesOfFrame(other));
  return { canvases: inOrder, published };
}

function variantNamed(name: string, variants: Variant[]): Variant {
  const variant = variants.find((candidate) => candidate.name === name);
  if (variant === undefined)
    throw new Error(`Variant "${name}" was staged, but is no longer configured. Upload the image again.`);
  return variant;
}

/** A file that shows nothing but what the original does, in its format and size, is no larger than it. */
export function bytesOfOriginal(
  { width, height }: { width: number; height: number },
  { format }: Pick<File, "format">,
  original: Pick<Original, "width" | "height" | "format" | "bytes"> | undefined,
): number | undefined {
  const isAsOriginal = original?.format === format && original.width === width && original.height === height;
  return isAsOriginal ? original.bytes : undefined;
}
