/** How an outcome is written into the table. */
import { type Attempt, type Publication, versionsIn } from "../shared/image-record.ts";
import { fileNameOf, versionOf } from "../shared/keys.ts";
import { type Change, changeRecord, readRecord, type SeenRecord } from "../shared/table.ts";
import type { Outcome } from "./outcome.ts";

export interface Written {
  /**
   * `unchanged`: this execution had recorded the same outcome before. `superseded`: a newer version is there, or no record any more; or
   * this execution has published, and is said to have failed.
   */
  what: "recorded" | "unchanged" | "superseded";
  /** What was published until this outcome, and what else may have to be marked as replaced. */
  replaced?: Publication[] | undefined;
  /** The versions whose files the record points to. */
  pointsTo: string[];
  /** Whether anybody may see the image: the copies for that are of what was published before. */
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
    return before ? written(before, attempt) : superseded(tableName, outcome);
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
  const repeated = await write({ condition: "exists, of no newer version, with this published", version });
  // Whoever wrote it first may not have come to clearing up.
  return repeated
    ? {
        ...written(repeated, attempt),
        replaced: repeated.previous && [repeated.previous],
        isPublic: repeated.public !== undefined,
      }
    : superseded(tableName, outcome);
}

/** Whoever published something lately may still be about to mark what was there before, or was killed before that. */
const RECENT_MS = 24 * 3_600_000;

/** What this replaces; and what was replaced before, where it may not be marked as that yet. */
function replacedOf({ published, previous }: SeenRecord): Publication[] | undefined {
  if (!published) return undefined;
  const isPutBack = previous !== undefined && published.at < previous.at;
  const isRecent = Date.now() - Date.parse(published.at) < RECENT_MS;
  return previous && (isPutBack || isRecent) ? [published, previous] : [published];
}

function written(before: SeenRecord, { status, execution }: Attempt): Written {
  const isRepeat =
    before.lastAttempt?.status === status && before.lastAttempt.execution.arn === execution.arn;
  return { what: isRepeat ? "unchanged" : "recorded", pointsTo: versionsIn(before) };
}

async function superseded(tableName: string, { imageId }: Outcome): Promise<Written> {
  return { what: "superseded", pointsTo: versionsIn((await readRecord(tableName, imageId)) ?? {}) };
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
