/**
 * Decodes the original once and stages the pixels of every variant, uncompressed; unless files that were made of the same bytes are
 * published already.
 */

import { stagedPrefix } from "../shared/keys.ts";
import { variantsSchema } from "../shared/preset.ts";
import { keepMetadataSchema } from "../shared/rights.ts";
import { environmentVariable, limitsSchema, settingFromEnvironment } from "../shared/settings.ts";
import { originalSchema } from "../shared/state.ts";
import { decoderInputSchema, step } from "../shared/step.ts";
import { readOriginal, s3With, writeStaged } from "../shared/storage.ts";
import { contentOf } from "./content.ts";
import { derive } from "./derive.ts";
import { pack } from "./pack.ts";

const limits = {
  ...settingFromEnvironment("LIMITS", limitsSchema),
  memoryBytes: memoryBytes(),
  keepsDisplayP3: settingFromEnvironment("KEEP_METADATA", keepMetadataSchema).includes("displayP3"),
};
const variants = settingFromEnvironment("VARIANTS", variantsSchema);
const recipe = environmentVariable("RECIPE");
const stagingBucket = environmentVariable("STAGING_BUCKET");

export const handler = step(
  decoderInputSchema.extend({ original: originalSchema }),
  async ({ image, execution, original, access }) => {
    const client = s3With(access);
    const { bytes } = await readOriginal(image, { client });
    const content = contentOf(bytes, { recipe, preset: image.preset, original });
    const duplicateOf = image.notCopied
      ? undefined
      : image.sameSize?.find((same) => same.content === content);
    if (duplicateOf) return { duplicateOf };
    const wanted = image.preset?.variants ?? variants;
    const { variants: derived, placeholder, ...rest } = await derive(bytes, original, wanted, limits);
    const { objects, staged } = pack(derived, stagedPrefix(image, execution));
    const writes = objects.map((object) => writeStaged(client, stagingBucket, object));
    const [shownBefore] = await Promise.all([placeholder, ...writes]);
    return { variants: staged, ...rest, ...shownBefore, content };
  },
);

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function memoryBytes(): number | undefined {
  const megabytes = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  return megabytes > 0 ? megabytes * 1024 * 1024 : undefined;
}
