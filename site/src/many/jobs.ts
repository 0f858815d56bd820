/** What can be done with many photographs. Each goes on while one looks at something else, and ends with a sentence. */
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { deleteForNow, undoDeletion } from "../parts/deletion.ts";
import type { Services } from "../services.ts";
import { isIn } from "../store/lists.ts";
import { say } from "../ui/toasts.tsx";
import { type Outcome, outcomeText, runAll, type Words } from "./run.ts";
import { job, selected, selectOnly } from "./selection.ts";

type Does = (services: Services) => (image: ImageView) => Promise<unknown>;

export interface Action {
  words: Words;
  /** Whether it makes sense with that one. */
  isFor: (image: ImageView) => boolean;
  does: Does;
  undo?: Action;
}

export const deletion: Action = {
  words: { doing: "Deleting", is: "is deleted", are: "are deleted", failed: "could not be deleted" },
  isFor: () => true,
  does: (services) => (image) => deleteForNow(services, image),
  undo: {
    words: {
      doing: "Bringing back",
      is: "is back",
      are: "are back",
      failed: "could not be brought back",
      left: "deleted",
    },
    isFor: () => true,
    does: (services) => (image) => undoDeletion(services, image),
  },
};

export const reprocessing: Action = {
  words: {
    doing: "Starting",
    is: "is processed again",
    are: "are processed again",
    failed: "could not be processed again",
  },
  isFor: ({ status }) => !isIn("in-progress", status),
  does:
    ({ api, images }) =>
    async (image) => {
      await api.reprocess(image.imageId);
      images.restarted(image);
    },
};

export const publication: Action = {
  words: {
    doing: "Making public",
    is: "is public",
    are: "are public",
    failed: "could not be made public",
  },
  isFor: ({ variants, public: shown }) => variants.length > 0 && shown === undefined,
  does:
    ({ api, images }) =>
    async ({ imageId }) =>
      images.amend(imageId, { public: await api.publish(imageId) }),
};

export const takingBack: Action = {
  words: {
    doing: "Taking back",
    is: "is private again",
    are: "are private again",
    failed: "could not be taken back",
  },
  isFor: ({ public: shown }) => shown !== undefined,
  does:
    ({ api, images }) =>
    async ({ imageId }) => {
      await api.takeBack(imageId);
      images.amend(imageId, { public: undefined });
    },
};

export function tagging(added: string[], removed: ReadonlySet<string>): Action {
  const changed = ({ tags = [] }: ImageView) => [
    ...new Set([...tags.filter((tag) => !removed.has(tag)), ...added]),
  ];
  return {
    words: {
      doing: "Tagging",
      is: "has its tags changed",
      are: "have their tags changed",
      failed: "could not be tagged",
    },
    isFor: (image) => changed(image).join() !== (image.tags ?? []).join(),
    does:
      ({ api, images }) =>
      async (image) => {
        const { imageId, tags } = await api.edit(image.imageId, { tags: changed(image) });
        images.amend(imageId, { tags });
      },
  };
}

export function start(services: Services, action: Action, all: ImageView[]): Promise<void> {
  const { words, does, undo } = action;
  const images = all.filter(action.isFor);
  return follow(
    words,
    images.length,
    (signal, onDone) => runAll(images, does(services), signal, onDone),
    undo && ((done) => start(services, undo, done)),
  );
}

/** Also those that the gallery has not loaded yet. */
export function reprocessAllFailed(services: Services): Promise<void> {
  return follow(reprocessing.words, undefined, async (signal, onDone) => {
    const failed: ImageView[] = [];
    let cursor: string | undefined;
    do {
      const page = await services.api.list({ status: "FAILED", limit: MOST_AT_A_TIME, cursor }, signal);
      failed.push(...page.images);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    if (job.value) job.value = { ...job.value, total: failed.length };
    return runAll(failed, reprocessing.does(services), signal, onDone);
  });
}

/** What the API gives in one answer. */
const MOST_AT_A_TIME = 50;

type Runs = (signal: AbortSignal, onDone: (count: number) => void) => Promise<Outcome<ImageView>>;

/** One at a time: the next one waits for it. */
export async function follow(
  words: Words,
  total: number | undefined,
  run: Runs,
  undo?: (done: ImageView[]) => unknown,
): Promise<void> {
  while (job.value) await ended();
  const stopped = new AbortController();
  const { signal } = stopped;
  job.value = {
    doing: words.doing,
    done: 0,
    ...(total !== undefined && { total }),
    stop: () => stopped.abort(),
  };
  addEventListener("beforeunload", keepPage);
  try {
    const outcome = await run(signal, (done) => {
      if (job.value) job.value = { ...job.value, done };
    });
    const others = [...outcome.failed.map(({ item }) => item), ...outcome.left];
    // Those that were not done can be tried again.
    if (others.length > 0 && selected.value.size > 0) selectOnly(others.map(({ imageId }) => imageId));
    const text = outcomeText(outcome, words);
    const isWell = outcome.failed.length === 0 && outcome.endedBy === undefined;
    const undoThese = undo && outcome.done.length > 0 ? () => undo(outcome.done) : undefined;
    if (text !== "") say(text, isWell ? "notice" : "problem", undoThese);
  } catch (error) {
    if (!signal.aborted) say(errorText(error), "problem");
  } finally {
    removeEventListener("beforeunload", keepPage);
    job.value = undefined;
  }
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = job.subscribe((value) => {
      if (value) return;
      resolve();
      queueMicrotask(() => unsubscribe());
    });
  });
}

/** What is not done when the page is left stays undone: the browser asks first. */
function keepPage(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
