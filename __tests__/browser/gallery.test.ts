import type { Locator } from "playwright-core";
import sharp from "sharp";
import { describe, expect } from "vitest";
import { bytesText } from "../../site/src/ui/text.ts";
import { plain, sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file } from "../fixtures/person.ts";
import { DEVICES } from "../fixtures/web-app.ts";
import { lastPlace, NOTE_SHIFTS, seeEach, seeMany } from "./see-many.ts";

const it = inBrowser();

/** A dark disc, and nothing around it. */
const disc = () =>
  sharp(Buffer.from('<svg width="600" height="600"><circle cx="300" cy="300" r="200" fill="#101418"/></svg>'))
    .png()
    .toBuffer();

/** How much lighter the surroundings of a picture are drawn than its middle, 0 to 255. */
async function contrastOf(screenshot: Buffer): Promise<number> {
  const { data, info } = await sharp(screenshot).grayscale().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) =>
    data[(Math.round(info.height * y) * info.width + Math.round(info.width * x)) * info.channels] ?? 0;
  return Math.abs(at(0.06, 0.5) - at(0.5, 0.5));
}

describe.concurrent("the gallery", () => {
  it("takes the first click of somebody who has come back from a photograph", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await ann.signIn();
    await ann.open("Espresso");
    await ann.link("All photographs").click();
    await ann.filter("Failed").click();
    await ann.text("Nothing has failed").waitFor();
  });

  it("has each of its controls on one line, beside a tag and on a phone too", async ({ app, people }) => {
    for (const width of [1280, 320]) {
      const ann = await people.person({ device: { viewport: { width, height: 900 } } });
      const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
      await app.api(ann, `/images/${imageId}`, {
        method: "PATCH",
        body: JSON.stringify({ tags: ["galaxies"] }),
        headers: { "content-type": "application/json" },
      });
      await ann.signIn("/?tag=galaxies");
      await ann.tile("Espresso").waitFor();
      const heightOf = async (what: Locator) => (await what.boundingBox())?.height ?? 0;
      const order = ann.page.getByLabel("Order");
      const select = ann.button("Select");
      expect(await heightOf(select)).toBeLessThan((await heightOf(order)) * 1.2);
      // Its longest choice is read as a whole.
      const widthOf = async () => (await order.boundingBox())?.width ?? 0;
      const shown = await widthOf();
      await order.evaluate("(order) => { order.style.width = 'max-content'; }");
      expect(shown).toBeGreaterThanOrEqual((await widthOf()) - 1);
      expect(await ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
  });

  it("shows what is transparent, whatever the colour of the subject", async ({ app, people }) => {
    const ann = await people.person({
      device: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
    });
    const imageId = await app.given(ann, file("disc.png", await disc()), { name: "Disc" });
    await ann.signIn();
    const tile = ann.tile("Disc").locator("img");
    await ann.tile("Disc").locator("picture.loaded").waitFor();
    expect(await contrastOf(await tile.screenshot())).toBeGreaterThan(20);
    await ann.goTo(`/images/${imageId}`);
    await ann.page.locator(".large-picture picture.loaded").waitFor();
    const large = ann.page.locator(".large-picture");
    expect(await contrastOf(await large.locator("img").screenshot())).toBeGreaterThan(20);
  });

  it("has a neutral surface around a photograph, not one of its colours", async ({ app, people }) => {
    const ann = await people.person();
    const tall = await plain(200, 900, "#ff0000").jpeg().toBuffer();
    const imageId = await app.given(ann, file("red.jpg", tall), { name: "Red" });
    await ann.signIn(`/images/${imageId}`);
    await ann.page.locator(".large-picture picture.loaded").waitFor();
    const surface = await ann.page.locator(".large-picture").screenshot();
    const [red = 0, green = 0] = await sharp(surface)
      .extract({ left: 40, top: 40, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect(Math.abs(red - green)).toBeLessThan(16);
  });

  it("tells of thirty photographs at once how each ended, and counts all of them", async ({ people }) => {
    const ann = await people.signedIn();
    const counted: string[] = [];
    await ann.page.exposeBinding("noteCount", (_, text: string) => counted.push(text));
    await ann.page.evaluate(
      `new MutationObserver(() => {
        const text = document.querySelector(".end-of-list")?.textContent;
        if (text?.startsWith("That is")) noteCount(text);
      }).observe(document.body, { childList: true, subtree: true, characterData: true })`,
    );
    const pictures = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        plain(40 + index, 40)
          .png()
          .toBuffer(),
      ),
    );
    await ann.choose(...pictures.map((bytes, index) => file(`picture ${index}.png`, bytes)));
    await ann.send(30);
    await ann.text("That is all: 30 photographs").waitFor();
    for (const index of pictures.keys()) await ann.tile(`picture ${index}`).locator("picture").waitFor();
    expect(await ann.page.getByText("Processing", { exact: true }).count()).toBe(0);
    expect(await ann.filter("Processed").textContent()).toBe("Processed30");
    expect(new Set(counted)).toEqual(new Set(["That is all: 30 photographs"]));
  });

  it("is searched, sorted and narrowed, each by its address, and is come back to as it was left", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    for (const name of ["Zürich, the lake", "Bern", "Zug"])
      await app.given(ann, file("coffee.png"), { name });
    await app.given(ann, file("half.jpg", sample("rocket.jpg").subarray(0, 40_000)), { name: "Zermatt" });
    await ann.signIn();
    await ann.heading("Today").waitFor();
    const names = () => ann.tiles.locator(".tile-name").allTextContents();
    await ann.page.getByRole("combobox", { name: "Order" }).selectOption("By name");
    await ann.page.waitForURL("**/?sort=name");
    await ann.text("That is all: 4 photographs").waitFor();
    expect(await names()).toEqual(["Bern", "Zermatt", "Zug", "Zürich, the lake"]);
    const search = ann.page.getByRole("searchbox");
    await search.fill("zur");
    await ann.text("That is the only one").waitFor();
    expect(await names()).toEqual(["Zürich, the lake"]);
    await ann.focused(search).waitFor();
    await search.fill("z");
    await ann.text("That is all: 3 photographs").waitFor();
    await ann.filter("Processed").click();
    await ann.text("That is all: 2 photographs").waitFor();
    const address = new URL("/?status=processed&sort=name&search=z", ann.siteUrl).href;
    expect(ann.page.url()).toBe(address);
    await ann.open("Zug");
    await ann.link("All photographs").click();
    await ann.text("That is all: 2 photographs").waitFor();
    expect(ann.page.url()).toBe(address);
    expect(await search.inputValue()).toBe("z");
    await search.fill("nobody");
    await ann.text("No name or caption here begins with “nobody”").waitFor();
    await ann.page.reload();
    await ann.text("No name or caption here begins with “nobody”").waitFor();
    await ann.link("Show all").click();
    await ann.text("That is all: 4 photographs").waitFor();
    expect(await search.inputValue()).toBe("");
    // A filter that is chosen before what was typed is looked for.
    await search.fill("z");
    await ann.filter("Rejected").click();
    await ann.page.waitForURL(/status=rejected.*search=z$/);
    await ann.text("That is the only one").waitFor();
    expect(await names()).toEqual(["Zermatt"]);
  });

  it("is come back to at the place where it was left", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seeMany(ann, 72);
    await seeEach(ann, imageId);
    const { promise: isLetThrough, resolve: letThrough } = Promise.withResolvers<void>();
    await ann.page.route("**/assets/ImagePage-*.js", async (route) => {
      await isLetThrough;
      await route.continue();
    });
    await ann.signIn();
    await ann.tiles.nth(20).click();
    await ann.page.waitForURL("**/images/*");
    // Without the gallery, and with nothing in its place yet, there is nowhere to be but at the top.
    await expect.poll(() => ann.page.evaluate("scrollY")).toBe(0);
    letThrough();
    await ann.heading("Espresso").waitFor();
    await ann.link("All photographs").click();
    await ann.focused(ann.gallery.locator('[aria-posinset="21"] a')).waitFor();
    expect(await ann.page.evaluate("scrollY")).toBeGreaterThan(300);
  });

  it("says in the account's menu what was used of what one may", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"));
    for (const name of ["Espresso", "Flat white"]) {
      const body = JSON.stringify({ name });
      const headers = { "content-type": "application/json" };
      expect((await app.api(ann, `/images/${imageId}`, { method: "PATCH", body, headers })).status).toBe(200);
    }
    await ann.signIn();
    await ann.openAccount();
    await ann.text("Photographs sent today").waitFor();
    const { images, changes, bytes } = (await (await app.api(ann, "/me")).json()) as Record<
      string,
      { quota: number }
    >;
    await ann.text(`1 of ${images?.quota.toLocaleString("en")}`).waitFor();
    await ann.page.getByRole("meter", { name: "Changes made today" }).waitFor();
    await ann.text(`2 of ${changes?.quota.toLocaleString("en")}`).waitFor();
    await ann.text(`456\u00a0KB of ${bytesText(bytes?.quota ?? 0)}`).waitFor();
  });

  it("stays where it is while one scrolls through two hundred photographs", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await app.given(ann, file("rocket.jpg"), { name: "Lift-off", caption: "A caption of its own" });
    await seeMany(ann, 200);
    // Of the two that there are, which are not among them, it would be told on a slow machine.
    const json = { changes: [], isCut: false, cursor: new Date().toISOString(), waitMs: 15_000 };
    await ann.page.route("**/api/images/changes*", (route) => route.fulfill({ json }));
    await ann.page.addInitScript(NOTE_SHIFTS);
    await ann.signIn();
    await ann.tiles.first().waitFor();
    const { mouse } = ann.page;
    await mouse.move(600, 500);
    for (let turns = 0; turns < 60; turns++) {
      await mouse.wheel(0, 400);
      await ann.page.evaluate(
        "new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))",
      );
    }
    await ann.text("That is all: 200 photographs").waitFor();
    const shifts = (await ann.page.evaluate("shifts")) as number[];
    expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.05);
  });

  it("loads what follows for whoever jumps to the end", async ({ app, people }) => {
    const ann = await people.person({ device: DEVICES.phone });
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seeMany(ann, 60);
    await ann.signIn();
    await ann.tiles.first().waitFor();
    expect(await lastPlace(ann)).toBe(24);
    await ann.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await expect.poll(() => lastPlace(ann)).toBe(48);
  });

  it("loads the first row at once, and the others as they come near", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await seeMany(ann, 48);
    await ann.signIn();
    await ann.tiles.first().waitFor();
    const loading = await ann.tiles
      .locator("img")
      .evaluateAll((all: { loading: string }[]) => all.map(({ loading }) => loading));
    expect(loading.slice(0, 5)).toEqual(Array(5).fill("eager"));
    expect(loading.slice(12)).toEqual(Array(loading.length - 12).fill("lazy"));
  });

  it("is there as a frame before the script is, which asks for nothing that could have come with it", async ({
    people,
  }) => {
    const ann = await people.person();
    const asked: string[] = [];
    ann.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const isSetUp = ann.page.waitForResponse("**/config.json");
    const { promise: isLetThrough, resolve: letThrough } = Promise.withResolvers<void>();
    await ann.page.route("**/assets/*.js", async (route) => {
      await isLetThrough;
      await route.continue();
    });
    await ann.page.goto(ann.siteUrl, { waitUntil: "commit" });
    await ann.page.getByText("Image pipeline").waitFor();
    await ann.page.locator(".skeleton").first().waitFor();
    await isSetUp;
    letThrough();
    await ann.heading("Photographs, ready for the web").waitFor();
    expect(await ann.page.locator(".skeleton").count()).toBe(0);
    expect(asked.filter((path) => path === "/config.json")).toHaveLength(1);
  });
});
