/** How an outcome is written into the table. */
import { type Attempt, type Publication, versionsIn } from "../shared/image-record.ts";
import { fileNameOf, versionOf } from "../shared/keys.ts";
import { type Change, changeRecord, readRecord, type SeenRecord } from "../shared/table.ts";
import type { Outcome } from "./outcome.ts";

export interface Written {
  /**
   * `unchanged`: this execution had recorded the same outcome, or published, before. `superseded`: a newer version is there, or an attempt that
   * began later, or no record any more.
   */
  what: "recorded" | "unchanged" | "superseded";
  /** What was published until this outcome, and before that: to be marked as replaced, but for what is shown. */
  replaced?: Publication[] | undefined;
  /** The versions whose files the record points to. */
  pointsTo: string[];
  /** Whether another attempt is under way, or over, since: what is told of that counts. */
  isOvertaken?: boolean;
  /** Whether anybody may see the image, or may have: the copies for that may be of what was published before. */
  isPublic?: boolean;
}

/**
 * Writes an outcome unless a newer version of the same image has been tried, or the record was deleted in the meantime.
 * A success is published in the same write, and a failure leaves what is published as it is.
 * @param condition for what is no success.
 */
export async function writeOutcome(
  tableName: string,
  outcome: Outcome,
  condition: Change["condition"] = "exists, of no newer version, without this published",
): Promise<Written> {
  const { attempt, publication: published } = outcome;
  const { sequencer, execution } = attempt;
  const write = (change: Pick<Change, "condition"> & Partial<Change>) =>
    changeRecord(tableName, outcome.imageId, {
      ...change,
      ...attributesOf(outcome, change.set),
      sequencer,
      execution: execution.name,
      startedAt: outcome.startedAt,
    });
  const version = versionOf(execution);
  if (published === undefined) {
    const before = await write({ condition, version });
    return before ? written(before, attempt) : notWritten(tableName, outcome);
  }
  const set = { published };
  // Most images are published once: then this is all.
  if (await write({ set, condition: "exists, of no newer version, with nothing published" }))
    return { what: "recorded", pointsTo: [version] };
  const before = await write({
    set,
    keepPublished: true,
    condition: "exists, of no newer version, with others published",
    version,
  });
  if (before)
    return {
      what: "recorded",
      replaced: replacedOf(before),
      pointsTo: [version],
      isPublic: before.public !== undefined,
    };
  return notWritten(tableName, outcome);
}

/** What was replaced before may not be marked as that: whoever did it may have been broken off, or still be about to. */
function replacedOf({ published, previous }: SeenRecord): Publication[] | undefined {
  return published && [published, ...(previous ? [previous] : [])];
}

function written(before: SeenRecord, { status, execution }: Attempt): Written {
  const isRepeat =
    before.lastAttempt?.status === status && before.lastAttempt.execution.arn === execution.arn;
  return { what: isRepeat ? "unchanged" : "recorded", pointsTo: versionsIn(before) };
}

/** Whoever published it in this execution before may not have come to what follows. */
async function notWritten(tableName: string, { imageId, attempt, publication }: Outcome): Promise<Written> {
  const record: SeenRecord = (await readRecord(tableName, imageId)) ?? {};
  const pointsTo = versionsIn(record);
  if (!pointsTo.includes(versionOf(attempt.execution))) return { what: "superseded", pointsTo };
  return {
    what: "unchanged",
    // Of what is no success, nothing is to be marked; reconcile may not.
    replaced: publication && replacedOf(record),
    pointsTo,
    isOvertaken: record.lastAttempt?.execution.name !== attempt.execution.name,
    // Or was, and was taken back while that was being shown anew.
    isPublic: true,
  };
}

/**
 * A name, a caption and tags that were given with a file that was published are the image's, unless its owner has said others since;
 * those of any other file only where there are none.
 */
function attributesOf(
  { name, caption, tags, owner, uploadedAt, original, attempt, publication }: Outcome,
  set: Change["set"] = {},
): Pick<Change, "set" | "setIfAbsent" | "setUnlessEdited"> {
  const said = { ...(caption !== undefined && { caption }), ...(tags !== undefined && { tags }) };
  const taggedOwner = tags !== undefined && owner !== undefined ? { taggedOwner: owner } : {};
  // A file's own name says nothing that a name given earlier did not say better.
  const isNameGiven = name !== fileNameOf(original.key);
  const titles = publication
    ? {
        setUnlessEdited: { ...said, ...(isNameGiven && { name }) },
        setIfAbsent: { ...taggedOwner, ...(!isNameGiven && { name }) },
      }
    : { setIfAbsent: { ...said, ...taggedOwner, name } };
  return {
    ...titles,
    set: {
      ...set,
      status: attempt.status,
      owner,
      uploadedAt,
      updatedAt: attempt.at,
      original,
      lastAttempt: attempt,
    },
  };
}
