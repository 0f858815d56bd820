/**
 * What is made of a picture: the variants, and the operations on each. They happen in the order of `variantSchema`, whatever order they
 * are written in.
 */
import * as z from "zod";

export const OUTPUT_FORMATS = ["webp", "jpeg", "avif", "png"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const side = z.int().min(1).max(16_384);

/** In pixels: how far an edge, or a blur, reaches. */
const sigma = z.number().min(0.3).max(100);

/** `best` takes several times as much time to encode, for files that are smaller by a tenth or so. */
export const effortSchema = z.enum(["normal", "best"]);
export type Effort = z.infer<typeof effortSchema>;

/** `auto`: about the lowest at which a picture still looks the same. */
export const qualitySchema = z.union([z.int().min(1).max(100), z.literal("auto")]);
export type Quality = z.infer<typeof qualitySchema>;

const factor = z.number().min(0).max(10);

/** One size that every image is published in. Width and height are the box, in pixels. */
export const variantSchema = z
  .strictObject({
    /** Part of the object key: `files/<owner>/<imageId>/<version>/<name>.<format>`. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "takes lower-case letters, digits and hyphens"),
    /** Takes away a border of one colour, that of the corner. */
    trim: z.boolean().optional(),
    /** Degrees, clockwise. */
    rotate: z.union([z.literal(90), z.literal(180), z.literal(270)]).optional(),
    width: side,
    height: side,
    /**
     * `inside`: fits in the box, aspect kept. `cover`: fills the box, the overhang cropped. `contain`: fits in the box, and `background`
     * fills what is left of that.
     */
    fit: z.enum(["inside", "cover", "contain"]).default("inside"),
    /**
     * What `cover` keeps, of a picture whose uploader did not say where its focus is: its middle (unless told); what people look at (skin,
     * detail, strong colours); or where most detail is.
     */
    position: z.enum(["centre", "attention", "entropy"]).optional(),
    /** Of `contain`: `#rrggbb`, which is behind what is transparent too, or `transparent`. White, unless told. */
    background: z
      .string()
      .regex(/^(#[0-9a-f]{6}|transparent)$/i, 'is neither a colour such as "#ffffff" nor "transparent"')
      .optional(),
    /** Stretches light and dark to the full range. */
    normalise: z.boolean().optional(),
    /** `brightness` and `saturation` are factors, `hue` is in degrees. */
    modulate: z
      .strictObject({
        brightness: factor.optional(),
        saturation: factor.optional(),
        hue: z.int().min(-360).max(360).optional(),
      })
      .optional(),
    greyscale: z.boolean().optional(),
    blur: sigma.optional(),
    sharpen: sigma.max(10).optional(),
    /** Whether it is marked; without it, as the setting `watermark` says. */
    watermark: z.boolean().optional(),
    formats: z.array(z.enum(OUTPUT_FORMATS)).min(1),
    /** 1 to 100; without it, each encoder's own default. */
    quality: qualitySchema.optional(),
    effort: effortSchema.optional(),
    /** Of each file, for which its quality is lowered. */
    maxBytes: z.int().min(1000).optional(),
  })
  .refine(({ fit, position }) => fit === "cover" || position === undefined, {
    path: ["position"],
    message: 'is for the fit "cover", which crops; another fit shows all of the picture',
  })
  .refine(({ fit, background }) => fit === "contain" || background === undefined, {
    path: ["background"],
    message: 'is for the fit "contain", which fills up the box',
  });
export type Variant = z.infer<typeof variantSchema>;

export const variantsSchema = z
  .array(variantSchema)
  .min(1)
  .max(12)
  .refine((variants) => new Set(variants.map(({ name }) => name)).size === variants.length, {
    message: "has two variants of the same name",
  });

/** A preset as it travels with an execution: whatever is deployed meanwhile, all steps make the same files. */
export const presetSchema = z.object({
  name: z.string(),
  /** Of what it makes: another one whenever that changes. */
  version: z.string(),
  variants: variantsSchema,
  /** Nobody looked whether the upload asks for another one, since none can be asked for. */
  isByKeyAlone: z.boolean().optional(),
});
export type Preset = z.infer<typeof presetSchema>;
