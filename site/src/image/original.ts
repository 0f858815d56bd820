/** The file that was sent, as it was: to be seen beside what was made of it, and to be read what else was in it. */
import { useQuery } from "@tanstack/preact-query";
import type { ImageView } from "../api/api.ts";
import { Unreachable } from "../api/problem.ts";
import { useServices } from "../services.ts";
import { type PrivateData, privateDataIn } from "./private-data.ts";

export interface Original {
  /** Not every browser can show every format. */
  blob: Blob;
  /** What it said of whoever took it, and where: no variant does. */
  privateData: PrivateData;
}

/** Held in memory while it is looked at, and a little longer. */
export function useOriginal({ imageId, updatedAt }: ImageView, isWanted: boolean) {
  const { api } = useServices();
  return useQuery({
    queryKey: ["original", imageId, updatedAt],
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    queryFn: async ({ signal }): Promise<Original> => {
      // A link that works for long enough.
      const { original } = await api.freshImage(imageId);
      const answer = await fetch(original.url ?? "", { signal }).catch((cause: unknown) => {
        throw signal.aborted ? cause : new Unreachable(cause);
      });
      if (!answer.ok) throw new Unreachable();
      const blob = await answer.blob();
      return { blob, privateData: await privateDataIn(blob) };
    },
  });
}
