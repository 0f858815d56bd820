/** Which file a browser takes of a `srcset`, in a window of some width, where a page shows the picture in some layout. */
import type { EmbedView, Variant } from "../api/api.ts";
import { formatText } from "../ui/text.ts";

export interface Layout {
  label: string;
  /** As HTML has it. Undefined: what the API says, which is as wide as the window, and no wider than the picture. */
  sizes?: string;
  /** The same in numbers. */
  slotPixels: (windowPixels: number, pictureWidth: number) => number;
  /** How many of them are beside each other, where there is room. */
  columns: number;
}

export const PHONE_PIXELS = 768;
const beside = (part: number) => (windowPixels: number) =>
  windowPixels < PHONE_PIXELS ? windowPixels : windowPixels * part;

export const LAYOUTS = {
  full: { label: "as wide as the window", slotPixels: Math.min, columns: 1 },
  half: {
    label: "half as wide, beside text",
    sizes: `(min-width: ${PHONE_PIXELS}px) 50vw, 100vw`,
    slotPixels: beside(0.5),
    columns: 2,
  },
  quarter: {
    label: "a quarter as wide, in a grid",
    sizes: `(min-width: ${PHONE_PIXELS}px) 25vw, 100vw`,
    slotPixels: beside(0.25),
    columns: 4,
  },
} as const satisfies Record<string, Layout>;
export type LayoutName = keyof typeof LAYOUTS;

export interface Candidate {
  /** `large.webp` */
  file: string;
  width: number;
  /** Of which it is; undefined while only some are known. */
  variant: Variant | undefined;
}

/** Of the best format, which every browser of these years takes; by width. */
export function candidatesIn(
  { sources, img }: Pick<EmbedView, "sources" | "img">,
  variants: Variant[],
): Candidate[] {
  const { srcset } = sources[0] ?? img;
  return srcset.split(", ").map((text) => {
    const [url = "", width = ""] = text.split(" ");
    const file = decodeURIComponent(url.split("/").at(-1) ?? "");
    const variant = variants.find(({ name, format }) => file === `${name}.${format}`);
    return { file, width: Number.parseInt(width, 10), variant };
  });
}

/**
 * The smallest that has enough pixels, or else the largest. HTML leaves the choice to browsers; that Chromium makes this one, a test sees.
 *
 * @param candidates by width. @param density physical pixels per CSS pixel.
 */
export function chosenOf(
  candidates: Candidate[],
  slotPixels: number,
  density: number,
): Candidate | undefined {
  return candidates.find(({ width }) => width >= slotPixels * density) ?? candidates.at(-1);
}

/** `large.webp` is "large, WebP". */
export function fileText(file: string): string {
  const dot = file.lastIndexOf(".");
  return `${file.slice(0, dot)}, ${formatText(file.slice(dot + 1))}`;
}
