/** What has just happened to an owner's images, in one request for all of them. */
import { newestChanges, type ToldChange } from "../api/changes-table.ts";
import type { Changes, ImageChange } from "../api/contract.ts";
import type { StartedStep } from "../shared/change.ts";
import { environmentVariable } from "../shared/settings.ts";
import { countUnderWayOf } from "../shared/table.ts";

const metadataTable = environmentVariable("METADATA_TABLE");

/** Functions' clocks differ, and what is told at a time is written a little later: so much is told again. */
const OVERLAP_MS = 5_000;
const FIRST_LOOK_MS = 10 * 60_000;
/** The newest: about 150 KB of the table. */
const MOST_AT_A_TIME = 500;

const WAIT_MS = { underWay: 1_000, idle: 15_000 };

/** @param since `cursor` of the answer before. */
export async function changesSince(owner: string, since: Date | undefined): Promise<Changes> {
  const now = new Date();
  const from = since === undefined ? now.getTime() - FIRST_LOOK_MS : since.getTime() - OVERLAP_MS;
  const [{ items, isCut }, underWay] = await Promise.all([
    newestChanges(owner, { from: new Date(from), most: MOST_AT_A_TIME }),
    countUnderWayOf(metadataTable, owner, 1),
  ]);
  const all = byImage(items.reverse());
  // Whoever asks for the first time has a list for what is over.
  const changes = since === undefined ? all.filter(({ status }) => status === "PROCESSING") : all;
  return {
    changes,
    isCut: since !== undefined && isCut,
    cursor: now.toISOString(),
    waitMs: underWay > 0 || changes.length > 0 ? WAIT_MS.underWay : WAIT_MS.idle,
  };
}

/** @param items oldest first. */
function byImage(items: ToldChange[]): ImageChange[] {
  const images = new Map<string, ImageChange>();
  for (const { imageId, status, step, failed, change } of items) {
    const before = images.get(imageId);
    // What begins after an end is another attempt.
    const steps = step && before?.status !== "PROCESSING" ? [] : (before?.steps ?? []);
    images.set(imageId, {
      imageId,
      status,
      at: change.split("#")[0] ?? "",
      ...(failed && { failed }),
      steps: step ? withStep(steps, step) : steps,
    });
  }
  return [...images.values()];
}

/** One that is gone back to begins at another time, and all after it with it; one that is tried again does not. */
function withStep(steps: StartedStep[], step: StartedStep): StartedStep[] {
  const known = steps.findIndex(({ name }) => name === step.name);
  if (known < 0) return [...steps, step];
  const after = steps[known]?.startedAt === step.startedAt ? steps.slice(known + 1) : [];
  return [...steps.slice(0, known), step, ...after];
}
