/** The file that was sent, as it was: to be seen beside what was made of it, and to be read what else was in it. */
import { useQuery } from "@tanstack/preact-query";
import { parse } from "exifr";
import type { ImageView } from "../api/api.ts";
import { Unreachable } from "../api/problem.ts";
import { useServices } from "../services.ts";

export interface Original {
  /** Not every browser can show every format. */
  blob: Blob;
  /** What it said of whoever took it, and where: no variant does. */
  privateData: string[];
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

/** Tags by what people call them. https://exiftool.org/TagNames/EXIF.html */
const PRIVATE: [name: string, tags: string[]][] = [
  ["GPS position", ["latitude", "GPSLatitude"]],
  ["serial number of the camera", ["SerialNumber", "BodySerialNumber", "CameraSerialNumber"]],
  ["serial number of the lens", ["LensSerialNumber"]],
  ["name of the camera’s owner", ["OwnerName", "CameraOwnerName"]],
  ["unique number of the picture", ["ImageUniqueID"]],
  ["time it was taken", ["DateTimeOriginal", "CreateDate"]],
  ["camera", ["Make", "Model"]],
  ["software", ["Software", "CreatorTool"]],
];

async function privateDataIn(blob: Blob): Promise<string[]> {
  const options = { tiff: true, exif: true, gps: true, xmp: true, makerNote: true, mergeOutput: true };
  const read: unknown = await parse(blob, options).catch(() => undefined);
  const tags = new Set(typeof read === "object" && read !== null ? Object.keys(read) : []);
  const named = PRIVATE.filter(([, names]) => names.some((name) => tags.has(name))).map(([name]) => name);
  return tags.has("makerNote") ? [...named, "maker’s notes"] : named;
}
