/** All that is known of images, in one place: whoever learns something new of one tells it here, and every list has it. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { InfiniteData, QueryClient } from "@tanstack/preact-query";
import type { Api, ImageChange, ImageView, Listing, Status } from "../api/api.ts";
import { belongsTo, orderOf, placeImage, removeImage, statusesIn, type View } from "./lists.ts";
import { mergedPage } from "./merged.ts";
import { type ProgressByImage, takeIn } from "./progress.ts";
import { createWanted } from "./wanted.ts";
import { isLive, note, pollDelayMs, type Watched } from "./watched.ts";

export interface ImageStore {
  /** The images that something happens to, or has happened to since one came to this page. */
  watched: ReadonlySignal<Watched>;
  isAnyLive(): boolean;
  /** The steps of what is processed, or was a moment ago. */
  progress: ReadonlySignal<ProgressByImage>;
  /** One page of a list, as a query function. */
  page(view: View, cursor: string | undefined, signal: AbortSignal): Promise<Listing>;
  /** Asks, in one request, what has changed; or, every other time, for what has to be looked at because of that. */
  poll(signal: AbortSignal): Promise<number>;
  /** How long to wait before polling again. */
  pollDelayMs(): number;
  /** Takes in what was learnt of images. */
  learn(images: ImageView[]): void;
  /** What was just changed of an image from here is known wherever the image is. */
  amend(imageId: string, said: Partial<ImageView>): void;
  /** An image is processed again, and was so before that was asked for: that it is done may be known already, or be what is learnt next. */
  restarted(asked: ImageView): void;
  remove(imageId: string): void;
  /** Undoes it. */
  bringBack(image: ImageView): void;
}

type Pages = InfiniteData<Listing, string | undefined>;

/** A change may not have been told: what nothing was heard of for so long is looked at. */
const SILENCE_MS = 30_000;
const LISTS_ANEW_MS = 15_000;
/** What goes by itself as soon as this was deleted, here or in another tab, and can be brought back. Clocks may differ by a minute. */
const GOING_MS = 120_000;

export function createImageStore(
  api: Pick<Api, "list" | "images" | "changes">,
  client: QueryClient,
  onFinished: (image: ImageView) => void,
  now: () => number = Date.now,
): ImageStore {
  const watched = signal<Watched>(new Map());
  const progress = signal<ProgressByImage>(new Map());
  const wanted = createWanted(listAnew);
  /** When each image that is watched was last heard of. */
  const heardMs = new Map<string, number>();
  /** When. An answer that was under way when an image was deleted still has it. */
  const removedMs = new Map<string, number>();
  let changedAtMs = now();
  let listedAtMs = 0;
  let cursor: string | undefined;
  let waitMs = 0;
  let isTurnOfChanges = true;

  function watch(images: ImageView[]): void {
    const before = watched.value;
    const { watched: after, finished } = note(before, images, now());
    const isChanged = (image: ImageView) => before.get(image.imageId)?.updatedAt !== image.updatedAt;
    if ([...after.values()].some(isChanged)) changedAtMs = now();
    for (const { imageId } of images) if (after.has(imageId)) heardMs.set(imageId, now());
    watched.value = after;
    finished.forEach(onFinished);
  }

  const isGoing = ({ expiresAt }: ImageView) =>
    expiresAt !== undefined && Date.parse(expiresAt) - now() < GOING_MS;
  const isShown = (image: ImageView) => !removedMs.has(image.imageId) && !isGoing(image);

  function learn(learnt: ImageView[]): void {
    for (const { imageId } of learnt.filter(isGoing)) remove(imageId);
    const images = learnt.filter(isShown);
    watch(images);
    changeLists(client, (pages, view) =>
      images.reduce((all, image) => placeImage(all, image, belongsTo(view, image), orderOf(view)), pages),
    );
  }

  function remove(imageId: string): void {
    removedMs.set(imageId, now());
    watched.value = new Map([...watched.value].filter(([id]) => id !== imageId));
    heardMs.delete(imageId);
    changeLists(client, (pages) => removeImage(pages, imageId));
  }

  function bringBack(image: ImageView): void {
    removedMs.delete(image.imageId);
    learn([amended(image, {})]);
  }

  function amend(imageId: string, said: Partial<ImageView>): void {
    const queryKey = imageKey(imageId);
    client.setQueryData<ImageView>(queryKey, (shown) => shown && amended(shown, said));
    // What is under way may have been answered before the change.
    client.invalidateQueries({ queryKey });
    const known = listedImage(client, imageId) ?? client.getQueryData<ImageView>(queryKey);
    if (known) learn([amended(known, said)]);
  }

  function restarted(asked: ImageView): void {
    const queryKey = imageKey(asked.imageId);
    const begun = amended(asked, { status: "PROCESSING" });
    client.setQueryData<ImageView>(queryKey, (shown) =>
      shown && shown.updatedAt < begun.updatedAt ? begun : shown,
    );
    client.invalidateQueries({ queryKey });
    learn([begun]);
  }

  /** More has changed than can be looked at one by one. */
  function listAnew(): void {
    if (now() - listedAtMs < LISTS_ANEW_MS) return;
    listedAtMs = now();
    client.invalidateQueries({ queryKey: LISTS_KEY });
  }

  /** One whose page is open is asked for by that, as a whole. */
  function want(imageId: string): void {
    const queryKey = imageKey(imageId);
    if (client.getQueryCache().find({ queryKey })?.isActive()) client.invalidateQueries({ queryKey });
    else wanted.add(imageId);
  }

  function hear({ imageId, status }: ImageChange): void {
    changedAtMs = now();
    const known = watched.value.get(imageId);
    if (known) heardMs.set(imageId, now());
    if (status === "PROCESSING" && known?.status === "PROCESSING") return;
    if (status === "PROCESSING" && known?.status === "PENDING") learn([{ ...known, status }]);
    // What is told is a hint: how an image is, and whether it is, is in its record.
    else if (status !== "DELETED" || !removedMs.has(imageId)) want(imageId);
  }

  async function askWhatChanged(signal: AbortSignal): Promise<void> {
    const answer = await api.changes(cursor, signal);
    cursor = answer.cursor;
    waitMs = answer.waitMs;
    if (answer.isCut) listAnew();
    const { progress: known, fresh } = takeIn(progress.value, answer.changes);
    progress.value = known;
    fresh.forEach(hear);
  }

  async function lookAt(imageIds: string[], signal: AbortSignal): Promise<void> {
    const askedMs = now();
    const images = await api.images(imageIds, signal).catch((error: unknown) => {
      imageIds.forEach(wanted.add);
      throw error;
    });
    const found = new Set(images.map(({ imageId }) => imageId));
    imageIds.filter((imageId) => !found.has(imageId)).forEach(remove);
    // A file that was deleted may have come back.
    for (const imageId of found) if ((removedMs.get(imageId) ?? askedMs) < askedMs) removedMs.delete(imageId);
    learn(images);
  }

  const live = () => [...watched.value.values()].filter((image) => isLive(image, now()));

  return {
    watched,
    progress,
    isAnyLive: () => live().length > 0,
    learn,
    amend,
    restarted,
    remove,
    bringBack,

    async page(view, cursor, signal) {
      const listing = await listed(api, view, cursor, signal);
      const images = listing.images.filter(isShown);
      watch(images);
      return { ...listing, images };
    },

    async poll(signal) {
      for (const { imageId } of live()) {
        if (now() - (heardMs.get(imageId) ?? 0) < SILENCE_MS) continue;
        heardMs.set(imageId, now());
        want(imageId);
      }
      const images = isTurnOfChanges ? [] : wanted.take();
      isTurnOfChanges = images.length > 0;
      if (images.length > 0) await lookAt(images, signal);
      else await askWhatChanged(signal);
      return now();
    },

    pollDelayMs() {
      if (!wanted.isEmpty) return SHORTEST_DELAY_MS;
      return Math.max(SHORTEST_DELAY_MS, live().length > 0 ? pollDelayMs(now() - changedAtMs) : waitMs);
    },
  };
}

/** No more than a request a second, at any number of images. */
const SHORTEST_DELAY_MS = 1000;

const LISTS_KEY = ["images"] as const;
export const listKey = (view: View) => [...LISTS_KEY, view] as const;
export const imageKey = (imageId: string) => ["image", imageId] as const;

/** Newer than what was answered before the change, and older than all that is answered after it. */
function amended(image: ImageView, said: Partial<ImageView>): ImageView {
  return { ...image, ...said, updatedAt: new Date(Date.parse(image.updatedAt) + 1).toISOString() };
}

/** As the gallery knows it: without the large variants, but at once. */
export function listedImage(client: QueryClient, imageId: string): ImageView | undefined {
  return client
    .getQueriesData<Pages>({ queryKey: LISTS_KEY })
    .flatMap(([, data]) => data?.pages ?? [])
    .flatMap(({ images }) => images)
    .find((image) => image.imageId === imageId);
}

function changeLists(client: QueryClient, change: (pages: Listing[], view: View) => Listing[]): void {
  for (const { queryKey, state } of client.getQueryCache().findAll({ queryKey: LISTS_KEY })) {
    const [, view] = queryKey as ReturnType<typeof listKey>;
    client.setQueryData<Pages>(
      queryKey,
      (data) => data && { ...data, pages: change(data.pages, view) },
      // What is older than this change stays as old as it is.
      { updatedAt: state.dataUpdatedAt || Date.now() },
    );
  }
}

async function listed(
  api: Pick<Api, "list">,
  view: View,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Listing> {
  const { filter, sort, search, tag } = view;
  const wish = { sort, ...(search !== "" && { search }), ...(tag !== "" && { tag }) };
  if (filter === "all") return api.list({ ...wish, cursor }, signal);
  const list = (status: Status, from: string | undefined) =>
    api.list({ ...wish, status, cursor: from }, signal);
  const [only, ...more] = statusesIn(filter);
  if (only !== undefined && more.length === 0) return list(only, cursor);
  return mergedPage(list, statusesIn(filter), orderOf(view), cursor);
}
