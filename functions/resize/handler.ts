/** Decodes the original once and stages the pixels of every variant, uncompressed. */
import type { Pixels } from "../shared/pixels.ts";
import { keepMetadataSchema } from "../shared/rights.ts";
import {
  environmentVariable,
  limitsSchema,
  settingFromEnvironment,
  variantsSchema,
} from "../shared/settings.ts";
import { originalSchema, type StagedVariant } from "../shared/state.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { readOriginal, writeStaged } from "../shared/storage.ts";
import { derive } from "./derive.ts";

const limits = {
  ...settingFromEnvironment("LIMITS", limitsSchema),
  memoryBytes: memoryBytes(),
  keepsDisplayP3: settingFromEnvironment("KEEP_METADATA", keepMetadataSchema).includes("displayP3"),
};
const variants = settingFromEnvironment("VARIANTS", variantsSchema);
const stagingBucket = environmentVariable("STAGING_BUCKET");

export const handler = step(
  stepInputSchema.extend({ original: originalSchema }),
  async ({ image, execution, original }) => {
    const { bytes } = await readOriginal(image);
    const { variants: derived, ...rest } = await derive(bytes, original, variants, limits);
    const staged = derived.map(({ name, pixels }): StagedVariant & { pixels: Pixels } => {
      const { width, height, channels } = pixels;
      const first = derived.find((each) => each.pixels === pixels)?.name ?? name;
      // By execution, so that two versions of one image never mix.
      return {
        name,
        key: `${image.imageId}/${execution.name}/${first}.raw`,
        width,
        height,
        channels,
        pixels,
      };
    });
    const files = new Map(staged.map(({ key, pixels }) => [key, pixels.data]));
    await Promise.all([...files].map(([key, data]) => writeStaged(stagingBucket, key, data)));
    return { variants: staged.map(({ pixels: _, ...variant }) => variant), ...rest };
  },
);

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function memoryBytes(): number | undefined {
  const megabytes = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  return megabytes > 0 ? megabytes * 1024 * 1024 : undefined;
}
