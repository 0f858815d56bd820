/** Starts an execution for an image that is there. */
import { randomUUID } from "node:crypto";
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import { currentPresets } from "../shared/current-presets.ts";
import { accessTo } from "../shared/image-access.ts";
import { type Attempt, type ImageRecord, lastVersion } from "../shared/image-record.ts";
import { withPreset } from "../shared/presets.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { Image } from "../shared/state.ts";
import { currentVersion, unmarkRejected } from "../shared/storage.ts";
import { changeRecord, markProcessing, readRecord, type SeenRecord } from "../shared/table.ts";
import { Throttled, throttledOr } from "../shared/throttled.ts";
import { executionArn, isUnknownExecution, sfn, startExecution } from "../shared/workflow.ts";
import { Problem } from "./problem.ts";

const tableName = environmentVariable("METADATA_TABLE");
const originalBucket = environmentVariable("ORIGINAL_BUCKET");
const stateMachineArn = environmentVariable("STATE_MACHINE_ARN");

/** EXPRESS executions end after five, and one begins a moment after its record says so. */
const MAY_RUN_MINUTES = 6;

/**
 * @param meanwhile is done once it is known that the image can be processed, and before it is.
 * @throws Problem (409)
 */
export async function reprocess(
  record: ImageRecord,
  meanwhile: () => Promise<Partial<ImageRecord>>,
): Promise<void> {
  if (lastVersion(record, originalBucket) === undefined)
    throw new Problem(409, "The file has not arrived yet. Upload it first.");
  const underWay = record.status === "PROCESSING" ? record.lastAttempt : undefined;
  if (underWay && (await mayRun(underWay)))
    throw new Problem(409, "The image is being processed already. Wait until that is done.");
  const [current, presets] = await Promise.all([
    currentVersion({ bucket: originalBucket, key: record.original.key }),
    currentPresets(),
  ]);
  if (current?.isArchived)
    throw new Problem(409, "The original is in an archive. Whoever runs this has to restore it first.");
  const image = lastVersion({ ...record, ...(await meanwhile()) }, originalBucket);
  if (image === undefined) return;
  if (record.status === "REJECTED") await unmarkRejected(image);
  const name = `reprocess-${image.imageId}-${randomUUID().slice(0, 8)}`;
  const execution = { arn: executionArn(stateMachineArn, name), name };
  let before: SeenRecord = record;
  try {
    before = (await mark(image, execution, underWay)) ?? before;
    // Once more: whoever rejected it may have marked it just before it could see this in the record.
    if (record.status === "REJECTED") await unmarkRejected(image);
    const access = await accessTo(image, name);
    const asked = withPreset(presets, image, current?.metadata ?? {});
    await startExecution(stateMachineArn, name, { image: asked, access });
  } catch (error) {
    await restore(image, name, before);
    throw error;
  }
}

/**
 * Whether an execution may come to its end yet. Of one that cannot, reconcile is told, or finds it some minutes later.
 * @throws Problem (409)
 */
async function mayRun({ at, execution: { arn } }: Attempt): Promise<boolean> {
  if (Date.parse(at) > Date.now() - MAY_RUN_MINUTES * 60_000) return true;
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
    return status === "RUNNING" || status === "PENDING_REDRIVE";
  } catch (error) {
    if (isUnknownExecution(error)) return false;
    if (throttledOr(error) instanceof Throttled) return true;
    throw error;
  }
}

/**
 * @returns the record as it was before; undefined where it is marked, and the answer to that was lost.
 * @throws Problem (409)
 */
async function mark(
  image: Image,
  execution: Attempt["execution"],
  underWay: Attempt | undefined,
): Promise<SeenRecord | undefined> {
  const before = underWay
    ? await markProcessing(tableName, image, execution, "is under way in this execution", {
        execution: underWay.execution.name,
      })
    : await markProcessing(tableName, image, execution, "is of this version, and in another status");
  if (before) return before;
  const { lastAttempt } = (await readRecord(tableName, image.imageId)) ?? {};
  if (lastAttempt?.execution.name === execution.name) return undefined;
  throw new Problem(409, "Something else is happening to the image. Look at it again in a moment.");
}

/** Takes back the mark of an execution that could not be started. */
async function restore({ imageId, owner }: Image, execution: string, before: SeenRecord): Promise<void> {
  const { status, original, lastAttempt } = before;
  if (status === undefined) return;
  await changeRecord(tableName, imageId, {
    set: { status, owner, original, lastAttempt },
    condition: "is under way in this execution",
    execution,
  });
}
