/** Has Amazon Rekognition look at what was staged, and says what is not to be shown. Beside `watermark`, where the setting has it. */
import { bytesIn } from "../shared/pixels.ts";
import { recognitionSettingSchema } from "../shared/recognition.ts";
import { environmentVariable, settingFromEnvironment } from "../shared/settings.ts";
import { resizedSchema } from "../shared/state.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { readStaged } from "../shared/storage.ts";
import { chooseView, jpegOf, VIEW } from "./picture.ts";
import { detectLabels, detectModeration } from "./rekognition.ts";

const setting = settingFromEnvironment("RECOGNITION", recognitionSettingSchema);
const stagingBucket = environmentVariable("STAGING_BUCKET");

export const handler = step(stepInputSchema.extend({ staged: resizedSchema }), async ({ image, staged }) => {
  // Of those that are copied, it is known already.
  if ("duplicateOf" in staged) return { notRecognised: "It is a copy: what is known of the first counts." };
  const view = chooseView(staged.variants, image.preset?.variants);
  if (view === undefined)
    return { notRecognised: `No variant is at least ${VIEW.leastSide} pixels wide and high.` };
  // One frame is enough, and of some formats there is no more.
  const pixels = await readStaged(stagingBucket, { ...view, bytes: bytesIn({ ...view, frames: 1 }) });
  const jpeg = await jpegOf(pixels, view);
  const [seen, suspected] = await Promise.all([
    setting.labels ? detectLabels(jpeg, setting) : undefined,
    setting.moderation ? detectModeration(jpeg) : undefined,
  ]);
  const withheld = suspected?.labels.filter(({ confidence }) => confidence >= setting.withholdConfidence);
  return {
    ...(seen && { labels: seen.labels }),
    ...(suspected && { moderation: suspected.labels }),
    model: [seen?.model, suspected?.model].filter((model) => model !== undefined).join(", "),
    withheldFor: [...new Set(withheld?.map(({ name }) => name))],
  };
});
