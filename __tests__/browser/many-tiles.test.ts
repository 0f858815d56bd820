import { describe, expect } from "vitest";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { lastPlace, NOTE_SHIFTS, seeEach, seeMany } from "./see-many.ts";

const it = inBrowser();

const COUNT = 240;
/** Three windows of tiles, and some that stay. */
const MOST_TILES = 90;

/** From now on: how many tiles are put into the page before anything else can happen, and how many are in it. */
const NOTE_TILES = `
  globalThis.mostAtOnce = 0;
  globalThis.mostTiles = 0;
  const isTile = (node) => node.nodeType === 1 && node.matches(".tile:not([aria-hidden])");
  new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes])
      .flatMap((node) => isTile(node) ? [node] : [...(node.querySelectorAll?.(".tile:not([aria-hidden])") ?? [])]);
    mostAtOnce = Math.max(mostAtOnce, added.length);
    mostTiles = Math.max(mostTiles, document.querySelectorAll(".tile:not([aria-hidden])").length);
  }).observe(document.body, { childList: true, subtree: true });`;

/** The photograph in the middle of the window, or next below it: which one it is, and how far from the top. */
const IN_THE_MIDDLE = `(() => {
  const tiles = [...document.querySelectorAll(".tile[aria-posinset]")];
  const tile = tiles.find((tile) => tile.getBoundingClientRect().bottom > innerHeight / 2);
  return { place: tile?.getAttribute("aria-posinset"), top: Math.round(tile?.getBoundingClientRect().top) };
})()`;

const frame = ({ page }: Person) =>
  page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))");
const focusedPlace = async ({ page }: Person) =>
  Number(await page.evaluate("document.activeElement.closest('.tile')?.getAttribute('aria-posinset')"));
const place = (person: Person, at: number) => person.gallery.locator(`[aria-posinset="${at}"]`);

/** Goes down until there is nothing more. */
async function scrollToEnd(person: Person, count: number): Promise<void> {
  while ((await person.text(`That is all: ${count.toLocaleString("en")} photographs`).count()) === 0) {
    await person.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await frame(person);
  }
}

/** Somebody who has scrolled through all of them. @param every so many of them have a caption, next to each other. */
async function seesAll(person: Person, count = COUNT): Promise<void> {
  await seeMany(person, count, (index) => ({
    ...(index % 40 > 30 && { caption: "A caption that does not fit into one line of the tile that has it" }),
  }));
  await person.signIn();
  await person.tiles.first().waitFor();
  await scrollToEnd(person, count);
}

async function shifted({ page }: Person): Promise<number> {
  const shifts = (await page.evaluate("shifts.splice(0)")) as number[];
  return shifts.reduce((sum, value) => sum + value, 0);
}

describe.concurrent("a gallery of many photographs", () => {
  it("draws those near the window, a few at a time", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seesAll(ann);
    expect(await lastPlace(ann)).toBe(COUNT);
    await ann.page.evaluate("scrollTo(0, 0)");
    await ann.filter("Processed").click();
    await ann.page.waitForURL("**/?status=processed");
    await ann.tiles.first().waitFor();
    await ann.page.evaluate(NOTE_TILES);
    await ann.filter("All").click();
    await ann.text(`That is all: ${COUNT} photographs`).waitFor();
    await place(ann, 20).waitFor();
    await ann.page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)");
    await place(ann, COUNT / 2).waitFor();
    const [atOnce, inPage] = (await ann.page.evaluate("[mostAtOnce, mostTiles]")) as [number, number];
    expect(atOnce).toBeGreaterThan(5);
    expect(atOnce).toBeLessThan(MOST_TILES);
    expect(inPage).toBeLessThan(MOST_TILES);
    expect(await place(ann, COUNT / 2).getAttribute("aria-setsize")).toBe(String(COUNT));
  });

  it("is come back to at the very photograph, and does not jump while one scrolls back", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seeEach(ann, imageId);
    await ann.page.addInitScript(NOTE_SHIFTS);
    await seesAll(ann);
    await ann.page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)");
    await frame(ann);
    const before = (await ann.page.evaluate(IN_THE_MIDDLE)) as { place: string };
    expect(Number(before.place)).toBeGreaterThan(60);
    await place(ann, Number(before.place)).getByRole("link").click();
    await ann.heading("Espresso").waitFor();
    await ann.link("All photographs").click();
    await ann.focused(place(ann, Number(before.place)).getByRole("link")).waitFor();
    await frame(ann);
    expect(await ann.page.evaluate(IN_THE_MIDDLE)).toEqual(before);

    // What is above has not been seen since the page was loaded: how high it is, is not known.
    await ann.page.reload();
    await ann.tiles.first().waitFor();
    await scrollToEnd(ann, COUNT);
    await shifted(ann);
    await ann.page.mouse.move(600, 500);
    for (let turns = 0; turns < 40; turns++) {
      await ann.page.mouse.wheel(0, -400);
      await frame(ann);
    }
    expect(await shifted(ann)).toBeLessThan(0.05);
  });

  it("is gone through with the keyboard, also by whoever has scrolled away", async ({
    app,
    people,
    expect,
  }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seesAll(ann);
    await ann.page.evaluate("scrollTo(0, 0)");
    await place(ann, 7).getByRole("link").focus();
    for (let turns = 0; turns < 50; turns++) await ann.page.keyboard.press("Tab");
    await ann.focused(place(ann, 57).getByRole("link")).waitFor();
    await ann.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await frame(ann);
    await place(ann, COUNT - 12).waitFor();
    await ann.focused(place(ann, 57).getByRole("link")).waitFor();
    // The one after it, wherever rows end.
    for (let turns = 0; turns < 8; turns++) await ann.page.keyboard.press("Tab");
    await ann.focused(place(ann, 65).getByRole("link")).waitFor();
    for (let turns = 0; turns < 20; turns++) await ann.page.keyboard.press("Shift+Tab");
    await ann.focused(place(ann, 45).getByRole("link")).waitFor();
    for (let turns = 0; turns < 60; turns++) await ann.page.keyboard.press("ArrowRight");
    await ann.isAt(place(ann, 105).getByRole("link"));
    for (let turns = 0; turns < 10; turns++) await ann.page.keyboard.press("ArrowDown");
    await expect.poll(() => focusedPlace(ann)).toBeGreaterThan(125);
    // Row by row, however quickly: not to the last one, which is there before those between are.
    expect(await focusedPlace(ann)).toBeLessThan(COUNT - 40);
    await ann.isAt(place(ann, await focusedPlace(ann)).getByRole("link"));
    // What can be done with those that are selected covers none of them that the keyboard is at.
    await ann.page.keyboard.press(" ");
    const bar = ann.page.getByRole("region", { name: "Selected photographs" });
    await bar.waitFor();
    for (let turns = 0; turns < 5; turns++) {
      await ann.page.keyboard.press("ArrowDown");
      const choice = place(ann, await focusedPlace(ann)).getByRole("checkbox");
      await ann.isAt(choice);
      await expect
        .poll(async () => {
          const { y = 0, height = 0 } = (await choice.boundingBox()) ?? {};
          return y + height - ((await bar.boundingBox())?.y ?? 0);
        })
        .toBeLessThanOrEqual(0);
    }
  });

  it("leads on with the keyboard from its end to the first of what comes", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seeMany(ann, 48);
    const { promise: isLetThrough, resolve: letThrough } = Promise.withResolvers<void>();
    await ann.page.route(/\/api\/images\?.*cursor=/, async (route) => {
      await isLetThrough;
      await route.fallback();
    });
    await ann.signIn();
    await place(ann, 24).getByRole("link").focus();
    await ann.page.keyboard.press("Tab");
    await ann.isAt(ann.button("Loading more…"));
    letThrough();
    await ann.isAt(place(ann, 25).getByRole("link"));
  });

  it("is selected from, also what is not in the page", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seesAll(ann);
    await ann.page.evaluate("scrollTo(0, 0)");
    await ann.button("Select").click();
    const counted = (text: string) =>
      ann.page.getByRole("region", { name: "Selected photographs" }).getByRole("status").getByText(text);
    await place(ann, 2).getByRole("checkbox").click();
    await counted("1 photograph selected").waitFor();
    await ann.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await place(ann, COUNT - 1)
      .getByRole("checkbox")
      .click({ modifiers: ["Shift"] });
    await counted(`${COUNT - 2} photographs selected`).waitFor();
    await ann.page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)");
    await place(ann, COUNT / 2).waitFor();
    expect(
      await place(ann, COUNT / 2)
        .getByRole("checkbox")
        .isChecked(),
    ).toBe(true);
    await ann.page.keyboard.press("ControlOrMeta+a");
    await counted(`${COUNT} photographs selected`).waitFor();
  });

  it("stays where it is while one goes through a thousand, opens one, and comes back", async ({
    app,
    people,
    expect,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seeEach(ann, imageId);
    await ann.page.addInitScript(NOTE_SHIFTS);
    await seesAll(ann, 1000);
    await ann.page.mouse.move(600, 500);
    const goUp = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        await ann.page.mouse.wheel(0, -1500);
        await frame(ann);
      }
    };
    await goUp(20);
    const { place: at } = (await ann.page.evaluate(IN_THE_MIDDLE)) as { place: string };
    expect(Number(at)).toBeGreaterThan(100);
    await place(ann, Number(at)).getByRole("link").click();
    await ann.page.locator(".large-picture picture.loaded").waitFor();
    await ann.link("All photographs").click();
    await ann.focused(place(ann, Number(at)).getByRole("link")).waitFor();
    await goUp(30);
    await place(ann, 1).locator("picture.loaded").waitFor();
    expect(await shifted(ann)).toBeLessThan(0.05);
  });
});
