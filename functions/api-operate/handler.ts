/** Shows the pipeline to those who run it, with everybody's images in it, and processes them again. */
import { api } from "../api/api.ts";
import { Problem, problemFrom } from "../api/problem.ts";
import { hasExpired } from "../api/records.ts";
import { reprocess } from "../api/reprocess.ts";
import { environmentVariable } from "../shared/settings.ts";
import { readRecord } from "../shared/table.ts";
import { readDefinition } from "./definition.ts";
import { readExecution } from "./execution.ts";
import { endedOf, imagesInPipeline } from "./images.ts";

const tableName = environmentVariable("METADATA_TABLE");

export const handler = api({
  "GET /pipeline/definition": async () => ({ status: 200, body: await readDefinition() }),

  "GET /pipeline/images": async ({ userId, query: { ended } }) => {
    const [images, howEnded] = await Promise.all([
      imagesInPipeline(userId),
      endedOf(ended?.split(",") ?? []),
    ]);
    return { status: 200, body: { ...images, ended: howEnded } };
  },

  "GET /pipeline/images/{imageId}/execution": async ({ path: { imageId } }) => {
    const attempt = (await readRecord(tableName, imageId))?.lastAttempt;
    const execution = attempt && (await readExecution(imageId, attempt));
    if (execution === undefined) throw new Problem(404, "There is no execution of such an image any more.");
    return { status: 200, body: execution };
  },

  "POST /pipeline/reprocess": async ({ body: { imageIds } }) => {
    const refusals = await Promise.all([...new Set(imageIds)].map(reprocessAny));
    return {
      status: 200,
      body: {
        started: refusals.flatMap(({ imageId, reason }) => (reason === undefined ? imageId : [])),
        refused: refusals.flatMap(({ imageId, reason }) => (reason === undefined ? [] : { imageId, reason })),
      },
    };
  },
});

async function reprocessAny(imageId: string): Promise<{ imageId: string; reason?: string }> {
  try {
    const record = await readRecord(tableName, imageId);
    if (record === undefined || hasExpired(record))
      return { imageId, reason: "There is no such image any more." };
    await reprocess(record, async () => ({}));
    return { imageId };
  } catch (error) {
    const problem = problemFrom(error);
    // What was started of the others was started.
    if (problem.status === 500) throw error;
    return { imageId, reason: problem.message };
  }
}
