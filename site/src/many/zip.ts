/** Saves many photographs as one ZIP file, which is written while they arrive: where the browser can, straight to the disk. */
import { makeZip } from "client-zip";
import type { Api, ImageView } from "../api/api.ts";
import { Problem, Unreachable } from "../api/problem.ts";
import { bestToDownload } from "../parts/picture-sources.ts";
import { isOfAll, type Outcome } from "./run.ts";

declare global {
  interface Window {
    /** Not in every browser: https://developer.mozilla.org/docs/Web/API/Window/showSaveFilePicker */
    showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
  }
}

/** So many are asked for before the one that is written has ended. */
const AHEAD = 3;
/** What the API shows in one answer. */
const MOST_AT_A_TIME = 50;

/** @returns where it goes; undefined where the browser saves it by itself. @throws AbortError when the person changes their mind. */
export async function chooseFile(name: string): Promise<FileSystemWritableFileStream | undefined> {
  const handle = await window.showSaveFilePicker?.({ suggestedName: name });
  return handle?.createWritable();
}

/** It was deleted, or replaced, a moment ago. */
class FileMissing extends Problem {
  constructor() {
    super(404, "Its file is not there any more.");
  }
}

interface ZipRequest {
  api: Pick<Api, "wholeImages" | "download">;
  images: ImageView[];
  name: string;
  file: FileSystemWritableFileStream | undefined;
  signal: AbortSignal;
  onDone: (count: number) => void;
}

/** Saves all that there is. Where it cannot be gone on with, nothing is saved. */
export async function saveZip({
  api,
  images,
  name,
  file,
  signal: stopped,
  onDone,
}: ZipRequest): Promise<Outcome<ImageView>> {
  const outcome: Outcome<ImageView> = { done: [], failed: [], left: [] };
  const uniqueName = createUniqueNames();
  const ended = new AbortController();
  const signal = AbortSignal.any([stopped, ended.signal]);

  async function load({ item, whole }: Asked) {
    try {
      if (!whole) throw new FileMissing();
      return { item, ...(await fetched(api, whole, signal)) };
    } catch (error) {
      if (signal.aborted || isOfAll(error)) throw error;
      outcome.failed.push({ item, error });
      return undefined;
    }
  }

  async function* files() {
    for await (const loaded of ahead(asked(api, images), load)) {
      if (!loaded) continue;
      const { item, answer, fileName } = loaded;
      yield { name: uniqueName(fileName), input: answer, lastModified: new Date(item.uploadedAt) };
      outcome.done.push(item);
      onDone(outcome.done.length);
    }
  }

  try {
    const zip = makeZip(files());
    if (file) {
      await zip.pipeTo(file, { signal, preventClose: true });
      await (outcome.done.length > 0 ? file.close() : file.abort());
    } else {
      const blob = await new Response(zip).blob();
      if (outcome.done.length > 0) save(blob, name);
    }
    return outcome;
  } catch (error) {
    // A connection that is lost while a file comes.
    const endedBy = error instanceof TypeError ? new Unreachable(error) : error;
    return { done: [], failed: [], left: images, ...(!stopped.aborted && { endedBy }) };
  } finally {
    // What was asked for ahead is wanted no more.
    ended.abort();
  }
}

interface Asked {
  item: ImageView;
  /** With all its variants, of which lists have the small ones only. Undefined where it was deleted. */
  whole: ImageView | undefined;
}

async function* asked(api: ZipRequest["api"], images: ImageView[]): AsyncGenerator<Asked> {
  for (let from = 0; from < images.length; from += MOST_AT_A_TIME) {
    const some = images.slice(from, from + MOST_AT_A_TIME);
    const found = await api.wholeImages(some.map(({ imageId }) => imageId));
    for (const item of some) yield { item, whole: found.find(({ imageId }) => imageId === item.imageId) };
  }
}

/** In the largest size, in the format that opens everywhere. The API counts it as a download. */
async function fetched(api: ZipRequest["api"], image: ImageView, signal: AbortSignal) {
  const best = bestToDownload(image);
  const variant = best ? `${best.name}.${best.format}` : "original";
  const { url, fileName } = await api.download(image.imageId, variant);
  const answer = await fetch(url, { signal }).catch((cause: unknown) => {
    throw signal.aborted ? cause : new Unreachable(cause);
  });
  if (!answer.ok) throw new FileMissing();
  return { answer, fileName };
}

async function* ahead<Item, Result>(
  items: AsyncIterable<Item>,
  load: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const loading: Promise<Result>[] = [];
  for await (const item of items) {
    const result = load(item);
    // Whoever waits for it is told.
    result.catch(() => undefined);
    loading.push(result);
    if (loading.length > AHEAD) yield* loading.splice(0, 1);
  }
  yield* loading;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken it by then, however slow it is.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @returns what makes "a.jpeg" "a (2).jpeg" when it comes again; whatever the case, as some disks do not tell. */
export function createUniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const dot = name.lastIndexOf(".");
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    let unique = name;
    for (let count = 2; taken.has(unique.toLowerCase()); count++) unique = `${stem} (${count})${extension}`;
    taken.add(unique.toLowerCase());
    return unique;
  };
}
