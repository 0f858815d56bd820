/** A gallery of many photographs, of which the pipeline has a few. */
import type { Route } from "playwright-core";
import type { ImageView } from "../../site/src/api/api.ts";
import type { Person } from "../fixtures/person.ts";

/** Has the list answered with many photographs, made of those that there are. */
export async function seeMany(
  { page }: Person,
  count: number,
  change: (index: number) => Partial<ImageView> = () => ({}),
): Promise<void> {
  const answerMany = async (route: Route) => {
    const url = new URL(route.request().url());
    // The API knows no such cursors.
    const first = new URL(url);
    first.searchParams.delete("cursor");
    const answer = await route.fetch({ url: first.href });
    if (!answer.ok()) return route.fulfill({ response: answer });
    const { images } = (await answer.json()) as { images: { imageId: string; uploadedAt: string }[] };
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const limit = Number(url.searchParams.get("limit"));
    const some = Array.from({ length: Math.min(limit, count - from) }, (_, index) => {
      const [image] = images.slice((from + index) % images.length);
      const uploadedAt = new Date(Date.parse(image?.uploadedAt ?? "") - (from + index) * 3_600_000);
      return {
        ...image,
        imageId: (from + index).toString(16).padStart(32, "0"),
        uploadedAt: uploadedAt.toISOString(),
        ...change(from + index),
      };
    });
    const isLast = from + some.length >= count;
    const json = { images: some, ...(!isLast && { nextCursor: String(from + some.length) }) };
    await route.fulfill({ json });
  };
  await page.route(/\/api\/images\?limit/, answerMany);
}

/** Has each of them a page: that of a photograph that there is, with a name and a time of its own, as in the list. */
export async function seeEach(person: Person, imageId: string): Promise<void> {
  person.troubles.allow(/refused: GET .*\/history 404/);
  await person.page.route("**/api/images/0*", async (route) => {
    const answer = await route.fetch({ url: new URL(`/api/images/${imageId}`, person.siteUrl).href });
    const image = (await answer.json()) as ImageView;
    const [id = ""] = /0[0-9a-f]{31}/.exec(route.request().url()) ?? [];
    const at = Date.parse(image.uploadedAt) - Number.parseInt(id, 16) * 3_600_000;
    await route.fulfill({ json: { ...image, imageId: id, uploadedAt: new Date(at).toISOString() } });
  });
}

export const NOTE_SHIFTS = `
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push(entry.value);
  }).observe({ type: "layout-shift", buffered: true });`;

/** Which one the last tile is: not all that come before it are in the page. */
export async function lastPlace({ gallery }: Person): Promise<number> {
  return Number(await gallery.locator("[aria-posinset]").last().getAttribute("aria-posinset"));
}
