/** Writes down what became of an image, and clears up after it: the last step of a success, the first of the failure branch. */
import { ImageSuperseded } from "../shared/errors.ts";
import { environmentVariable } from "../shared/settings.ts";
import { type State, stateSchema } from "../shared/state.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { deleteObjects } from "../shared/storage.ts";
import { outcomeOf } from "./outcome.ts";
import { atBest, notificationOf, record } from "./record.ts";

const stagingBucket = environmentVariable("STAGING_BUCKET");

export const handler = step(stepInputSchema.extend({ state: stateSchema }), async ({ state, execution }) => {
  const outcome = outcomeOf(state, execution, new Date());
  const isSuperseded = (await record(outcome)) === "superseded";
  // No step needs the pixels any more. Those of a failure may be looked at, until they expire.
  if (outcome.publication || isSuperseded) await deleteStaged(state);
  if (isSuperseded)
    throw new ImageSuperseded("A newer version of the image was recorded first, or the image was deleted.");
  return { status: outcome.attempt.status, notification: notificationOf(outcome, state.image.bucket) };
});

async function deleteStaged({ resize }: State): Promise<void> {
  const keys = new Set(resize?.result.variants.map(({ key }) => key));
  await atBest("Staged pixels stay until they expire", () => deleteObjects(stagingBucket, [...keys]));
}
