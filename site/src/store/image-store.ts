/** All that is known of images, in one place: whoever learns something new of one tells it here, and every list has it. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { InfiniteData, QueryClient } from "@tanstack/preact-query";
import type { Api, ImageView, Listing } from "../api/api.ts";
import { isGone } from "../api/problem.ts";
import { FILTERS, type Filter, isIn, placeImage, removeImage, statusesIn } from "./lists.ts";
import { isLive, note, type Watched } from "./watched.ts";

export interface ImageStore {
  watched: ReadonlySignal<Watched>;
  /** When something was last seen to change. */
  changedAtMs(): number;
  /** One page of a list, as a query function. */
  page(filter: Filter, cursor: string | undefined, signal: AbortSignal): Promise<Listing>;
  /** Asks after what is in progress: the newest page, and what is not on it. */
  poll(signal: AbortSignal): Promise<number>;
  /** Takes in what was learnt of images. */
  learn(images: ImageView[]): void;
  /** The images are gone, or nobody wants to see them under "In progress" any more. */
  unwatch(imageIds: string[]): void;
  remove(imageId: string): void;
}

type Pages = InfiniteData<Listing, string | undefined>;

/** Images in progress that are not on the newest page are asked for one by one. */
const MAX_ASKED_SINGLY = 6;

export function createImageStore(
  api: Api,
  client: QueryClient,
  onFinished: (image: ImageView) => void,
): ImageStore {
  const watched = signal<Watched>(new Map());
  /** An answer that was under way when an image was deleted still has it. */
  const removed = new Set<string>();
  let changedAtMs = Date.now();

  function watch(images: ImageView[]): void {
    const before = watched.value;
    const { watched: after, finished } = note(before, images, Date.now());
    const isChanged = (image: ImageView) => before.get(image.imageId)?.updatedAt !== image.updatedAt;
    if ([...after.values()].some(isChanged)) changedAtMs = Date.now();
    watched.value = after;
    finished.forEach(onFinished);
  }

  function learn(learnt: ImageView[]): void {
    const images = learnt.filter(({ imageId }) => !removed.has(imageId));
    watch(images);
    changeLists(client, (pages, filter) =>
      images.reduce((all, image) => placeImage(all, image, isIn(filter, image.status)), pages),
    );
  }

  function unwatch(imageIds: string[]): void {
    watched.value = new Map([...watched.value].filter(([imageId]) => !imageIds.includes(imageId)));
  }

  function remove(imageId: string): void {
    removed.add(imageId);
    unwatch([imageId]);
    changeLists(client, (pages) => removeImage(pages, imageId));
  }

  return {
    watched,
    changedAtMs: () => changedAtMs,
    learn,
    unwatch,
    remove,

    async page(filter, cursor, signal) {
      const listing = await listed(api, filter, cursor, signal);
      const images = listing.images.filter(({ imageId }) => !removed.has(imageId));
      watch(images);
      return { ...listing, images };
    },

    async poll(signal) {
      const { images } = await api.list({}, signal);
      const onPage = new Set(images.map(({ imageId }) => imageId));
      const others = [...watched.value.values()]
        .filter((image) => isLive(image, Date.now()) && !onPage.has(image.imageId))
        .slice(0, MAX_ASKED_SINGLY);
      const answers = await Promise.allSettled(others.map(({ imageId }) => api.image(imageId, signal)));
      const singly = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      answers.forEach((answer, index) => {
        const asked = others[index];
        if (asked && answer.status === "rejected" && isGone(answer.reason)) remove(asked.imageId);
      });
      learn([...images, ...singly]);
      return Date.now();
    },
  };
}

export const listKey = (filter: Filter) => ["images", filter] as const;

function changeLists(client: QueryClient, change: (pages: Listing[], filter: Filter) => Listing[]): void {
  for (const filter of FILTERS) {
    client.setQueryData<Pages>(
      listKey(filter),
      (data) => data && { ...data, pages: change(data.pages, filter) },
      // What is older than this change stays as old as it is.
      { updatedAt: client.getQueryState(listKey(filter))?.dataUpdatedAt ?? Date.now() },
    );
  }
}

/** The API lists one status, or all; a filter of two asks twice. */
async function listed(
  api: Api,
  filter: Filter,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Listing> {
  if (filter === "all") return api.list({ cursor }, signal);
  const statuses = statusesIn(filter);
  const [only, second] = statuses;
  if (second === undefined) return api.list({ status: only, cursor }, signal);
  const listings = await Promise.all(
    statuses.map((status) => api.list({ status, limit: FEW_IN_PROGRESS }, signal)),
  );
  const images = listings.flatMap((listing) => listing.images);
  return { images: images.sort((a, b) => b.uploadedAt.localeCompare(a.uploadedAt)) };
}

/** What is in progress is over in seconds: no more of it is ever shown than one page. */
const FEW_IN_PROGRESS = 50;
