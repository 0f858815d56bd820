/**
 * Takes the original bucket's events from the queue: starts one execution per object version, and one more for a version
 * that an operator wants processed again; and lets the images of objects that are gone go. What finds no room goes back into
 * the queue, and waits. A message that cannot be handled is reported alone, so that its neighbours in the batch are done and
 * it alone is delivered again.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import sqsPartialBatchFailure from "@middy/sqs-partial-batch-failure";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import * as z from "zod";
import { publishedOfSize } from "../shared/content.ts";
import { currentPresets } from "../shared/current-presets.ts";
import { accessTo } from "../shared/image-access.ts";
import { imageIdOf, isFolder, ownerOf } from "../shared/keys.ts";
import { canBeAskedFor, type Presets, withPreset, withPresetOfKey } from "../shared/presets.ts";
import { imagesInFlight } from "../shared/quotas.ts";
import { environmentVariable, settingFromEnvironment } from "../shared/settings.ts";
import type { Access, Image, SameSize } from "../shared/state.ts";
import { logger } from "../shared/step.ts";
import { currentVersion, isDeleted, unmarkRejected } from "../shared/storage.ts";
import { countUnderWay, countUnderWayOf, markProcessing, readRecord } from "../shared/table.ts";
import { executionArn, startExecution } from "../shared/workflow.ts";
import { functionsAtATime } from "./account.ts";
import { countAgain, countBytes, withinQuota } from "./quota.ts";
import { follow } from "./removal.ts";
import { imageToReprocess, parseReprocess, type ReprocessRequest } from "./reprocess.ts";
import {
  type Admission,
  LastLook,
  mostUnderWay,
  NoRoom,
  Patience,
  pollersFor,
  Room,
  type RoomOptions,
} from "./room.ts";
import { executionName, imagesIn } from "./s3-event.ts";
import { traceHeader } from "./trace.ts";
import { isLastDelivery, putBack, secondsUntilNextLook, waits } from "./waiting.ts";

const stateMachineArn = environmentVariable("STATE_MACHINE_ARN");
const tableName = environmentVariable("METADATA_TABLE");
const contentsTable = environmentVariable("CONTENTS_TABLE");
const concurrency = settingFromEnvironment("CONCURRENCY", z.int().min(1));

/** Kept of the function's time, for what has to be done once there is room. */
const WORK_MS = 8_000;

const patience = new Patience();
const lastLook = new LastLook();

/** What an image may take of the room that there is. */
type Enter = <Begun>(
  image: { kind: Admission["kind"]; owner: string | undefined },
  begin: () => Promise<Begun>,
) => Promise<Begun>;

export const handler = middy<SQSEvent>()
  .use(injectLambdaContext(logger))
  .use(sqsPartialBatchFailure({ logger: logFailure }))
  .handler(async ({ Records: messages }, { getRemainingTimeInMillis }) => {
    const nowMs = Date.now();
    const patienceMs = patience.of(getRemainingTimeInMillis() - WORK_MS);
    const enter = roomsFor(mostUnderWay({ concurrency, account: await functionsAtATime() }));
    const handled = new Map<SQSRecord, Promise<void>>();
    // Those that have not waited yet go first: if they have to, they are not to hold anybody up.
    for (const message of messages.toSorted((a, b) => Number(waits(a)) - Number(waits(b)))) {
      const entering: Enter = ({ kind, owner }, begin) =>
        waits(message)
          ? patience.learnFrom(enter({ kind, untilMs: nowMs + patienceMs }, owner, begin))
          : enter({ kind, untilMs: nowMs }, owner, begin);
      handled.set(message, handle(message, entering));
    }
    return Promise.allSettled(messages.map((message) => handled.get(message)));
  });

/** Of all images, and of each owner's, for which nobody waits here: others would wait behind them. */
function roomsFor(most: number) {
  const askers = pollersFor(concurrency);
  const ofAll = new Room({ most, askers, lastLook, count: () => countUnderWay(tableName, most) });
  const ofOwners = new Map<string, Room>();
  return <Begun>(admission: Admission, owner: string | undefined, begin: () => Promise<Begun>) => {
    const enter = () => ofAll.enter(admission, begin);
    if (owner === undefined || imagesInFlight === undefined) return enter();
    const ofOwner = ofOwners.get(owner) ?? roomOf(owner, { most: imagesInFlight, askers, lastLook });
    ofOwners.set(owner, ofOwner);
    return ofOwner.enter({ ...admission, untilMs: 0 }, enter);
  };
}

function roomOf(owner: string, options: Pick<RoomOptions, "most" | "askers" | "lastLook">): Room {
  const count = () => countUnderWayOf(tableName, owner, options.most);
  return new Room({ of: "owner", ...options, count });
}

function logFailure(error: unknown, { messageId, attributes }: SQSRecord): void {
  const deliveries = attributes.ApproximateReceiveCount;
  if (error instanceof NoRoom) {
    logger.info("There is no room yet; the message waits", { messageId, deliveries, reason: error.message });
    return;
  }
  logger.error("Message could not be handled; it will be delivered again", { messageId, deliveries, error });
}

async function handle(message: SQSRecord, enter: Enter): Promise<void> {
  const { messageId, body } = message;
  const request = parseReprocess(body);
  const { uploaded, removed } = request ? { uploaded: [], removed: [] } : imagesIn(body);
  if (request === undefined && uploaded.length + removed.length === 0)
    logger.info("Nothing to do for this event", { messageId });
  try {
    await Promise.all([
      ...(request ? [reprocess(request, enter)] : []),
      ...uploaded.map((image) => start(image, enter)),
      ...removed.map(follow),
    ]);
  } catch (error) {
    if (!(error instanceof NoRoom)) throw error;
    const isDeliveredAgain = error.of === "all" && waits(message) && !isLastDelivery(message);
    if (isDeliveredAgain) throw error;
    const whose = request ? "reprocess" : (uploaded[0]?.owner ?? "bucket");
    await putBack(message, whose, error.of === "owner" ? { seconds: secondsUntilNextLook() } : {});
    logger.info("There is no room yet; the message goes back and waits", {
      messageId,
      reason: error.message,
    });
  }
}

async function start(image: Image, enter: Enter): Promise<void> {
  const name = executionName(image);
  const about = { imageId: image.imageId, bucket: image.bucket, key: image.key, execution: name };
  if (isFolder(image)) {
    logger.info("This is a folder, without content: nothing to process", about);
    return;
  }
  const execution = { arn: executionArn(stateMachineArn, name), name };
  const [marked, sameSize, presets, access] = await enter({ kind: "upload", owner: image.owner }, () =>
    Promise.all([
      markProcessing(tableName, image, execution, "is new, or of an older version"),
      ofSameSize(image),
      currentPresets(),
      accessTo(image, name),
    ]),
  );
  // Events come late, and more than once: one of an object that is gone must not bring a deleted image back. It is asked now
  // that there is a record: the event of its removal may have come before that, and found none.
  const { editedFocus } = marked ?? (await readRecord(tableName, image.imageId)) ?? {};
  const admitted = {
    ...(marked ? await withinQuota(image, marked) : image),
    sameSize,
    ...(editedFocus !== undefined && { focus: editedFocus }),
  };
  const [started] = await Promise.all([
    begin({ image: admitted, access }, name, presets),
    marked && countBytes(image, marked),
  ]);
  if (started === "gone") return follow(image);
  // Whoever marked it before never came to starting it, and was given up on.
  if (started && marked === undefined)
    await markProcessing(tableName, image, execution, "was given up on in this execution");
  if (started) logger.info("Execution started", about);
  else logger.info("This version is being processed, or was: the event is a duplicate", about);
}

/** What the image may be a duplicate of. Where that cannot be said, it is processed like any other. */
async function ofSameSize(image: Image): Promise<SameSize[]> {
  try {
    return await publishedOfSize(contentsTable, image);
  } catch (error) {
    logger.warn("Whether the image is a duplicate is not known", { imageId: image.imageId, error });
    return [];
  }
}

/** An execution that has begun for an image that is gone finds no original, and then no record. */
async function begin(
  { image, access }: { image: Image; access: Access },
  name: string,
  presets: Presets,
): Promise<boolean | "gone"> {
  if (canBeAskedFor(presets)) {
    const current = await currentVersion(image);
    if (current === undefined) return "gone";
    const asked = withPreset(presets, image, current.metadata);
    return startExecution(stateMachineArn, name, { image: asked, access }, traceHeader());
  }
  const [isGone, started] = await Promise.all([
    isDeleted(image),
    startExecution(stateMachineArn, name, { image: withPresetOfKey(presets, image), access }, traceHeader()),
  ]);
  return isGone ? "gone" : started;
}

/** Other versions may arrive while one is started again. */
const MAX_ATTEMPTS = 3;

async function reprocess(request: ReprocessRequest, enter: Enter): Promise<void> {
  let isDone = await enter({ kind: "bulk", owner: ownerOf(request.key) }, () => tryReprocess(request));
  for (let attempt = 2; !isDone && attempt <= MAX_ATTEMPTS; attempt++) isDone = await tryReprocess(request);
  if (!isDone) throw new Error("The image's record keeps changing. The message will be delivered again.");
}

/** @returns false when somebody else has made the image's record meanwhile, and all has to be looked at again. */
async function tryReprocess(request: ReprocessRequest): Promise<boolean> {
  const imageId = imageIdOf(request.key);
  // First the record, then the object: then the object is of the record's version or a newer one, never of an older one.
  const [seen, presets] = await Promise.all([readRecord(tableName, imageId), currentPresets()]);
  const current = await currentVersion(request);
  if (current === undefined || isFolder({ key: request.key, bytes: current.version.bytes })) {
    logger.info("There is no such object: nothing to process again", { imageId, ...request });
    return true;
  }
  if (current.isArchived) {
    logger.warn("The original is in an archive: restore it first", { imageId, ...request });
    return true;
  }
  if (seen?.lastAttempt?.status === "REJECTED") await unmarkRejected(request);
  const image = imageToReprocess(request, current.version, seen);
  const name = executionName(image, request.run);
  const execution = { arn: executionArn(stateMachineArn, name), name };
  const isNew = seen?.lastAttempt === undefined;
  if (isNew) {
    const entered = await markProcessing(tableName, image, execution, "is of no version yet");
    if (entered === undefined) return false;
    await countAgain(image, entered);
    if (await isDeleted(image)) {
      await follow(image);
      return true;
    }
  }
  const input = {
    image: withPreset(presets, image, current.metadata),
    access: await accessTo(image, name),
  };
  const started = await startExecution(stateMachineArn, name, input, traceHeader());
  // Only now, unlike with an upload: of a message that comes twice, a record that is done already must not learn. And only
  // if nothing newer has happened to the image.
  if (started && !isNew) {
    // Whoever made its record never came to starting it.
    const isMarked = seen?.lastAttempt?.execution.name === name;
    const condition = isMarked ? "was given up on in this execution" : "is of the attempt that was seen";
    const seenAt = seen?.lastAttempt?.at;
    const before = await markProcessing(tableName, image, execution, condition, { seenAt });
    if (before) await countAgain(image, before);
  }
  // Once more: whoever rejected it may have marked it just before it could see this in the record.
  if (started && seen?.lastAttempt?.status === "REJECTED") await unmarkRejected(request);
  const about = { imageId, ...request, execution: name };
  if (started) logger.info("Execution started again", about);
  else logger.info("This run has taken this version already: the message is a duplicate", about);
  return true;
}
