/** What is asked of the API while the page is looked at: one request tells all images. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/preact-query";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { createSend } from "../api/send.ts";
import { useServices } from "../services.ts";
import {
  createPipelineApi,
  isForbidden,
  type PipelineDefinition,
  type PipelineExecution,
  type PipelineImage,
  type PipelineImages,
} from "./pipeline-api.ts";
import { longestWaitMs } from "./retry.ts";
import { NOTHING_SEEN, type Seen, takeIn, toAsk } from "./seen.ts";

/** After an answer that was none. */
const TROUBLE_MS = 5_000;
/** A deployment may have changed it. */
const DEFINITION_KEPT_MS = 5 * 60_000;
const AFTER_WAIT_MS = 1_000;
const IMAGES_KEY = ["pipeline", "images"];

export function usePipelineApi() {
  const { config, session } = useServices();
  return useMemo(() => createPipelineApi(createSend(config.apiUrl, session)), [config, session]);
}

export function useDefinition() {
  const api = usePipelineApi();
  return useQuery({
    queryKey: ["pipeline", "definition"],
    queryFn: ({ signal }) => api.definition(signal),
    staleTime: DEFINITION_KEPT_MS,
  });
}

export interface Pipeline extends PipelineImages {
  seen: Seen;
}

export function usePipeline() {
  const api = usePipelineApi();
  const { data: definition } = useDefinition();
  const seen = useRef(NOTHING_SEEN);
  const states = useRef(definition?.states);
  states.current = definition?.states;
  return useQuery({
    queryKey: IMAGES_KEY,
    queryFn: async ({ signal }): Promise<Pipeline> => {
      const images = await api.images(toAsk(seen.current), signal);
      seen.current = takeIn(seen.current, images, states.current ?? {}, Date.now());
      return { ...images, seen: seen.current };
    },
    structuralSharing: false,
    staleTime: 0,
    // Neither while the tab is hidden nor while offline.
    refetchIntervalInBackground: false,
    refetchInterval: ({ state: { data, error } }) =>
      isForbidden(error) ? false : error ? TROUBLE_MS : (data?.waitMs ?? TROUBLE_MS),
  });
}

/**
 * An image's execution, asked for again when something is told of the image, or has to have happened to it.
 * @param imageId undefined where none is chosen.
 * @param image undefined where it is not in the pipeline any more.
 */
export function useExecution(imageId: string | undefined, image: PipelineImage | undefined) {
  const api = usePipelineApi();
  const { data: definition } = useDefinition();
  const { status, since, step } = image ?? {};
  const query = useQuery({
    queryKey: ["pipeline", "execution", imageId, status, since, step?.name, step?.retries, step?.error],
    queryFn: ({ signal }) => api.execution(imageId ?? "", signal),
    enabled: imageId !== undefined,
    placeholderData: (before, query) => (query?.queryKey[2] === imageId ? before : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const { data, isPlaceholderData, refetch } = query;
  const untilMs = useMemo(() => data && waitsUntilMs(data, definition?.states ?? {}), [data, definition]);
  const isOver = image === undefined || image.status === "FAILED";
  const isBehind = isOver && data?.status === "RUNNING" && !isPlaceholderData;
  useEffect(() => {
    const lookAtMs = isBehind ? Date.now() : untilMs;
    if (lookAtMs === undefined) return;
    const timer = setTimeout(() => refetch(), Math.max(0, lookAtMs - Date.now()) + AFTER_WAIT_MS);
    return () => clearTimeout(timer);
  }, [isBehind, untilMs, refetch, data]);
  return { ...query, untilMs };
}

/** Until when its last state waits, where it does. */
export function waitsUntilMs(
  { status, states: visits }: Pick<PipelineExecution, "status" | "states">,
  states: PipelineDefinition["states"],
): number | undefined {
  const last = visits.at(-1);
  const failedAt = last?.attempts.at(-1)?.endedAt;
  if (status !== "RUNNING" || last === undefined || last.exitedAt || failedAt === undefined) return undefined;
  const errors = last.attempts.flatMap(({ error }) => error ?? []);
  if (last.attempts.at(-1)?.error === undefined) return undefined;
  const waitMs = longestWaitMs(states[last.name]?.retry ?? [], errors);
  return waitMs === undefined ? undefined : Date.parse(failedAt) + waitMs;
}

/** Processes images again, whoever they belong to. */
export function useReprocessAll() {
  const api = usePipelineApi();
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (imageIds: string[]) => api.reprocess(imageIds),
    onSettled: () => client.invalidateQueries({ queryKey: IMAGES_KEY }),
  });
}
