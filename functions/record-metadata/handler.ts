/** Writes down what became of an image, tells of it, and clears up after it: the last step of a success, the first of the failure branch. */
import { rememberPublished } from "../shared/content.ts";
import { ImageSuperseded } from "../shared/errors.ts";
import type { Attempt, Status } from "../shared/image-record.ts";
import { versionOf } from "../shared/keys.ts";
import { followPublished } from "../shared/public-copies.ts";
import { environmentVariable } from "../shared/settings.ts";
import { type Execution, type State, stateSchema } from "../shared/state.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { deleteObjects, markAccepted, markRejected } from "../shared/storage.ts";
import { readRecord } from "../shared/table.ts";
import { assertShowable, contentIn, type Outcome, outcomeOf, stagedIn } from "./outcome.ts";
import { atBest, clearUp, deleteFilesOf, publicPlace, record } from "./record.ts";
import { tell, tellAgain, tellOwner, untold } from "./tell.ts";

const stagingBucket = environmentVariable("STAGING_BUCKET");
const contentsTable = environmentVariable("CONTENTS_TABLE");

export const handler = step(stepInputSchema.extend({ state: stateSchema }), ({ state, execution }) =>
  end(state, execution),
);

async function end(state: State, execution: Execution): Promise<{ status?: Status }> {
  // It is recorded already.
  if (state.untold) {
    await followPublished(publicPlace, state.image.imageId);
    return { status: await tellAgain(state.untold) };
  }
  if (isSupersededBefore(state)) {
    await Promise.all([deleteStaged(state), deleteFilesOf(state.image, execution)]);
    throw superseded();
  }
  assertShowable(state);
  const outcome = outcomeOf(state, execution, new Date());
  const written = await record(outcome);
  const { what, pointsTo, isPublic, isOvertaken } = written;
  const isSuperseded = what === "superseded";
  if (state.error && pointsTo.includes(versionOf(execution))) {
    // Of EXPRESS, another one of the same name may have published, and this one have come less far.
    if (!state.watermark) throw superseded();
    // It was published by a call whose answer was lost: the state failed, the image did not.
    return end({ ...state, error: undefined }, execution);
  }
  const told = isSuperseded || isOvertaken ? undefined : tellOwner(outcome, state);
  await clearUp(outcome, written);
  if (!isSuperseded && pointsTo.length === 0 && isOfNoUse(outcome.attempt))
    await atBest("A rejected original stays", () => leaveToLifecycle(state.image, execution));
  // No step needs the pixels any more. Those of a failure may be looked at, until they expire.
  const cleared = outcome.publication || isSuperseded ? deleteStaged(state) : undefined;
  const remembered = isSuperseded ? undefined : rememberContent(state, outcome);
  const done = Promise.all([cleared, remembered, told]);
  if (isPublic)
    await followPublished(publicPlace, outcome.imageId).catch(async (cause: unknown) => {
      await done;
      throw untold(outcome, state.image.bucket, cause);
    });
  if (!isSuperseded) await tell(outcome, state.image.bucket).finally(() => done);
  // It may have been published, and who showed it to all was killed.
  else await atBest("Copies for all stay", () => followPublished(publicPlace, outcome.imageId));
  await done;
  if (isSuperseded) throw superseded();
  return { status: outcome.attempt.status };
}

/**
 * Watermark has found that, and has taken back what it wrote; what it had written when it was killed before, it does not know.
 * Nothing is to be recorded: it may be about a later attempt of the same version.
 */
function isSupersededBefore({ error }: State): boolean {
  return error?.Error === "ImageSuperseded";
}

function superseded(): ImageSuperseded {
  return new ImageSuperseded("A newer version of the image was recorded first, or the image was deleted.");
}

/** What was rejected for itself will be so again. An original in an archive has only to be restored. */
function isOfNoUse({ rejection }: Partial<Attempt> = {}): boolean {
  return rejection !== undefined && !rejection.code.startsWith("ORIGINAL_");
}

async function leaveToLifecycle(original: State["image"], execution: Execution): Promise<void> {
  await markRejected(original);
  const last = (await readRecord(publicPlace.tableName, original.imageId))?.lastAttempt;
  // Whoever has had it processed again meanwhile took such marks away before this one came.
  if (last?.execution.name !== execution.name && !isOfNoUse(last)) await markAccepted(original);
}

async function deleteStaged({ resize }: State): Promise<void> {
  const keys = new Set(stagedIn(resize?.result)?.variants.map(({ key }) => key));
  await atBest("Staged pixels stay until they expire", () => deleteObjects(stagingBucket, [...keys]));
}

/** So that the same bytes are not processed again. */
async function rememberContent({ image, resize }: State, { imageId, publication }: Outcome): Promise<void> {
  const content = contentIn(resize?.result);
  if (publication === undefined || content === undefined) return;
  const published = { content, imageId, version: publication.version };
  await atBest("Files of the same bytes are processed anew", () =>
    rememberPublished(contentsTable, image, published),
  );
}
