/** The routes for those who run the pipeline. */
import type {
  PipelineDefinition,
  PipelineEnded,
  PipelineExecution,
  PipelineImage,
  PipelineImages,
  Reprocessed,
} from "../../../functions/api/contract-pipeline.ts";
import { Problem } from "../api/problem.ts";
import type { Send } from "../api/send.ts";

export type {
  PipelineDefinition,
  PipelineEnded,
  PipelineExecution,
  PipelineImage,
  PipelineImages,
  Reprocessed,
};

export type PipelineApi = ReturnType<typeof createPipelineApi>;

/** What the API takes in one request. */
export const MOST_AT_ONCE = 25;

export function createPipelineApi(send: Send) {
  return {
    definition: (signal?: AbortSignal) => send<PipelineDefinition>({ path: "/pipeline/definition", signal }),

    /** @param ended of which it is told how they have ended: no more than `MOST_AT_ONCE`. */
    images(ended: string[], signal?: AbortSignal) {
      const query = ended.length === 0 ? "" : `?ended=${ended.join(",")}`;
      return send<PipelineImages>({ path: `/pipeline/images${query}`, signal });
    },

    execution: (imageId: string, signal?: AbortSignal) =>
      send<PipelineExecution>({ path: `/pipeline/images/${imageId}/execution`, signal }),

    /** One request after the other. @throws when one of them fails; what was begun before is begun. */
    async reprocess(imageIds: string[]): Promise<Reprocessed> {
      const all: Reprocessed = { started: [], refused: [] };
      for (let from = 0; from < imageIds.length; from += MOST_AT_ONCE) {
        const body = { imageIds: imageIds.slice(from, from + MOST_AT_ONCE) };
        const { started, refused } = await send<Reprocessed>({
          method: "POST",
          path: "/pipeline/reprocess",
          body,
        });
        all.started.push(...started);
        all.refused.push(...refused);
      }
      return all;
    },
  };
}

export function isForbidden(error: unknown): error is Problem {
  return error instanceof Problem && error.status === 403;
}
