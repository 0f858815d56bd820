/** Decodes the original once and stages the pixels of every variant, uncompressed. */
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

const limits = settingFromEnvironment("LIMITS", limitsSchema);
const variants = settingFromEnvironment("VARIANTS", variantsSchema);
const stagingBucket = environmentVariable("STAGING_BUCKET");

export const handler = step(
  stepInputSchema.extend({ original: originalSchema }),
  async ({ image, execution, original }) => {
    const { bytes } = await readOriginal(image);
    const { variants: derived, ...rest } = await derive(bytes, original, variants, limits);
    const staged = await Promise.all(
      derived.map(async ({ name, pixels: { data, width, height, channels } }): Promise<StagedVariant> => {
        // By execution, so that two versions of one image never mix.
        const key = `${image.imageId}/${execution.name}/${name}.raw`;
        await writeStaged(stagingBucket, key, data);
        return { name, key, width, height, channels };
      }),
    );
    return { variants: staged, ...rest };
  },
);
