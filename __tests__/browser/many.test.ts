import { readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import type { Request } from "playwright-core";
import { describe, expect } from "vitest";
import { plain, sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { settled } from "../fixtures/settled.ts";
import type { WebApp } from "../fixtures/web-app.ts";

const it = inBrowser();

const box = ({ page }: Person, name: string) =>
  page.getByRole("checkbox", { name: `Select ${name}`, exact: true });
const bar = ({ page }: Person) => page.getByRole("region", { name: "Selected photographs" });
const action = (person: Person, name: string | RegExp) =>
  bar(person).getByRole("button", { name, exact: true });
const said = ({ page }: Person, text: string) => page.getByRole("status").getByText(text);
const counted = (person: Person, text: string) => bar(person).getByRole("status").getByText(text);

/** Small photographs of one colour, the first the oldest. @returns their ids. */
async function givenMany(app: WebApp, person: Person, names: string[]): Promise<string[]> {
  const imageIds: string[] = [];
  for (const [index, name] of names.entries()) {
    const picture = await plain(60 + index, 40, `hsl(${index * 60} 60% 50%)`)
      .png()
      .toBuffer();
    imageIds.push(await app.given(person, file(`${name}.png`, picture), { name }));
  }
  return imageIds;
}

/** What is asked of the API that changes something, from now on. */
function changesOf({ page }: Person): string[] {
  const changes: string[] = [];
  page.on("request", (request: Request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/") && request.method() !== "GET")
      changes.push(`${request.method()} ${pathname.replace(/^\/api\/images\/[0-9a-f]+/, "")}`.trim());
  });
  return changes;
}

const NAMES = ["Ant", "Bee", "Cat", "Dog", "Elk", "Fox"];

describe.concurrent("photographs are selected", () => {
  it("in a corner, in ranges, all at once and with the keyboard, whatever happens to the list", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageIds = await givenMany(app, ann, NAMES);
    await ann.signIn("/?sort=oldest");
    await ann.text("That is all: 6 photographs").waitFor();
    // With a mouse, the corner of a picture; the rest of it leads to its page as ever.
    await ann.row("Bee").hover();
    await box(ann, "Bee").click();
    await counted(ann, "1 photograph selected").waitFor();
    await box(ann, "Elk").click({ modifiers: ["Shift"] });
    await counted(ann, "4 photographs selected").waitFor();
    await box(ann, "Cat").click();
    await counted(ann, "3 photographs selected").waitFor();
    expect(await box(ann, "Dog").isChecked()).toBe(true);

    // What goes elsewhere is selected no more; what comes is not selected by itself.
    await app.api(ann, `/images/${imageIds[3]}`, { method: "DELETE" });
    await counted(ann, "2 photographs selected").waitFor();
    await app.given(ann, file("rocket.jpg"), { name: "Gnu" });
    await box(ann, "Gnu").waitFor();
    await counted(ann, "2 photographs selected").waitFor();
    expect(await box(ann, "Gnu").isChecked()).toBe(false);

    await box(ann, "Fox").focus();
    await ann.page.keyboard.press("Space");
    await counted(ann, "3 photographs selected").waitFor();
    await ann.page.keyboard.press("ControlOrMeta+a");
    await counted(ann, "6 photographs selected").waitFor();
    await ann.filter("Failed").click();
    await ann.text("Nothing has failed").waitFor();
    await counted(ann, "Select photographs").waitFor();
    await ann.page.keyboard.press("Escape");
    await bar(ann).waitFor({ state: "hidden" });
  });

  it("with what has happened told above what can be done, however much of the page is seen", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    await givenMany(app, ann, NAMES);
    await ann.signIn();
    await ann.row("Bee").hover();
    await box(ann, "Bee").click();
    await bar(ann).getByRole("button", { name: "Delete" }).click();
    const told = ann.page.locator(".toast");
    // Whoever is about to press something in it keeps it.
    await told.getByRole("button", { name: "Dismiss" }).focus();
    const covered: string[] = [];
    for (const width of [1280, 900, 390])
      for (const height of [500, 600, 650, 700, 750, 800, 900]) {
        await ann.page.setViewportSize({ width, height });
        await ann.page.evaluate("scrollTo(0, document.body.scrollHeight)");
        await settled(ann.page);
        const [toast, below] = [await told.boundingBox(), await bar(ann).boundingBox()];
        const isAbove = (toast?.y ?? Number.NaN) + (toast?.height ?? 0) <= (below?.y ?? 0);
        if (!isAbove) covered.push(`${width} × ${height}`);
      }
    expect(covered).toEqual([]);
  });

  it("with a finger, by a button that says so, and looked at by their names", async ({ app, people }) => {
    const ann = await people.person({
      device: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    });
    await givenMany(app, ann, ["Ant", "Bee"]);
    await ann.signIn();
    await ann.tile("Ant").waitFor();
    expect(await box(ann, "Ant").count()).toBe(0);
    await ann.button("Select").tap();
    await box(ann, "Ant").tap();
    await counted(ann, "1 photograph selected").waitFor();
    await ann.tile("Bee").locator(".tile-name").tap();
    await ann.heading("Bee").waitFor();
    await ann.link("All photographs").tap();
    await counted(ann, "1 photograph selected").waitFor();
    expect(await box(ann, "Ant").isChecked()).toBe(true);
    await action(ann, "End selection").tap();
    await ann.focused(ann.button("Select")).waitFor();
  });
});

/** A ZIP's files: by name, their bytes. */
async function openedZip(path: string) {
  return unzipSync(new Uint8Array(await readFile(path)));
}

async function largestJpeg(app: WebApp, person: Person, imageId: string): Promise<Buffer> {
  const { variants } = await app.image(person, imageId);
  const { url = "" } = variants.find(({ name, format }) => name === "large" && format === "jpeg") ?? {};
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

describe.concurrent("many photographs", () => {
  it("are saved as one file, each under a name of its own and in its largest size", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const first = await app.given(ann, file("rocket.jpg"), { name: "Holiday" });
    const second = await app.given(ann, file("coffee.png"), { name: "holiday" });
    await app.given(ann, file("half.jpg", sample("rocket.jpg").subarray(0, 40_000)), { name: "Half" });
    const [gone] = await givenMany(app, ann, ["Gone"]);
    await ann.page.addInitScript("delete globalThis.showSaveFilePicker");
    await ann.signIn();
    await ann.tile("Half").waitFor();
    await ann.button("Select").click();
    await action(ann, /^All 4/).click();
    const saving = ann.page.waitForEvent("download");
    // It goes a moment before it is asked for.
    await ann.page.route("**/api/images/changes**", () => undefined);
    await app.api(ann, `/images/${gone}`, { method: "DELETE" });
    await action(ann, "Download 3").click();
    const download = await saving;
    expect(download.suggestedFilename()).toMatch(/^photographs \d{4}-\d\d-\d\d\.zip$/);
    const files = await openedZip(await download.path());
    expect(Object.keys(files).sort()).toEqual(["Holiday-large (2).jpeg", "holiday-large.jpeg"]);
    const bytes = (name: string) => Buffer.from(files[name] ?? []);
    expect(bytes("holiday-large.jpeg").equals(await largestJpeg(app, ann, second))).toBe(true);
    expect(bytes("Holiday-large (2).jpeg").equals(await largestJpeg(app, ann, first))).toBe(true);
    await said(ann, "2 photographs are saved.").waitFor();
    await said(ann, "1 photograph could not be saved: Its file is not there any more.").waitFor();
    // As a download of each counts.
    expect((await app.image(ann, first)).downloads.total).toBe(1);
  });

  it("are written to the disk while they come, and nothing is kept of what was stopped", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    await givenMany(app, ann, ["Ant", "Bee"]);
    await ann.page.addInitScript(ASK_FOR_A_FILE_OF_THE_PAGE);
    await ann.signIn();
    await ann.button("Select").click();
    await action(ann, /^All 2/).click();
    await action(ann, "Download").click();
    await said(ann, "2 photographs are saved.").waitFor();
    const written = (await ann.page.evaluate("readWritten()")) as number[];
    expect(Object.keys(unzipSync(new Uint8Array(written))).sort()).toEqual([
      "Ant-large.jpeg",
      "Bee-large.jpeg",
    ]);

    const { promise: isLetThrough, resolve: letThrough } = Promise.withResolvers<void>();
    await ann.page.route("**/download/**", async (route) => {
      await isLetThrough;
      await route.continue();
    });
    await action(ann, "Download").click();
    await ann.focused(action(ann, "Stop")).waitFor();
    await action(ann, "Stop").click();
    letThrough();
    await said(ann, "2 photographs are not saved, since you stopped it.").waitFor();
    await action(ann, "Download").waitFor();
    ann.troubles.expect(/not answered: GET .*\/files\/.*|not answered: GET .*\.jpeg/);
    await ann.page.unroute("**/download/**");
    await ann.page.route(/Ant-large\.jpeg|large\.jpeg\?/, (route) => route.abort("connectionreset"));
    await action(ann, "Download").click();
    await said(ann, "2 photographs are not saved: The server cannot be reached.").waitFor();
    // What was there before is there still: nothing was written over it.
    expect(await ann.page.evaluate("readWritten()")).toEqual(written);
  });

  it("are deleted at once, by a request each and no other, and are back when that is undone", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageIds = await givenMany(app, ann, NAMES);
    await ann.signIn("/?sort=oldest");
    await ann.text("That is all: 6 photographs").waitFor();
    await ann.button("Select").click();
    await box(ann, "Ant").click();
    await box(ann, "Dog").click({ modifiers: ["Shift"] });
    const changes = changesOf(ann);
    await action(ann, "Delete").click();
    await said(ann, "4 photographs are deleted.").waitFor();
    await ann.text("That is all: 2 photographs").waitFor();
    await counted(ann, "Select photographs").waitFor();
    expect(changes).toEqual(Array(4).fill("PATCH"));
    // None comes back with the next looks at what has changed.
    await ann.page.waitForResponse("**/api/images/changes**");
    await ann.page.waitForResponse("**/api/images/changes**");
    expect(await ann.tiles.count()).toBe(2);
    await ann.button("Undo").click();
    await said(ann, "4 photographs are back.").waitFor();
    await ann.text("That is all: 6 photographs").waitFor();
    await ann.page.reload();
    await ann.text("That is all: 6 photographs").waitFor();
    for (const imageId of imageIds) expect(await app.image(ann, imageId)).not.toHaveProperty("expiresAt");
  });

  it("are made public, and taken back", async ({ app, people }) => {
    const ann = await people.person();
    const imageIds = await givenMany(app, ann, ["Ant", "Bee"]);
    const arePublic = async () =>
      Promise.all(imageIds.map(async (imageId) => (await app.image(ann, imageId)).public !== undefined));
    await ann.signIn();
    await ann.button("Select").click();
    await action(ann, /^All 2/).click();
    await action(ann, "Make public").click();
    await ann.page.getByRole("dialog").getByRole("button", { name: "Make public" }).click();
    await said(ann, "2 photographs are public.").waitFor();
    expect(await arePublic()).toEqual([true, true]);
    expect(await action(ann, "Make public").getAttribute("aria-disabled")).toBe("true");
    await action(ann, "Take back").click();
    await said(ann, "2 photographs are private again.").waitFor();
    expect(await arePublic()).toEqual([false, false]);
  });

  it("are tagged, each keeping the tags that it has", async ({ app, people }) => {
    const ann = await people.person();
    const [ant = "", bee = ""] = await givenMany(app, ann, ["Ant", "Bee"]);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ tags: ["summer", "lake"] });
    await app.api(ann, `/images/${ant}`, { method: "PATCH", headers, body });
    await ann.signIn();
    await ann.button("Select").click();
    await action(ann, /^All 2/).click();
    await action(ann, "Tag").click();
    const dialog = ann.page.getByRole("dialog", { name: "Tag 2 photographs" });
    await dialog.getByRole("textbox", { name: "Add" }).fill("Animals, small");
    await dialog.getByRole("button", { name: "summer" }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await said(ann, "2 photographs have their tags changed.").waitFor();
    expect((await app.image(ann, ant)).tags).toEqual(["lake", "animals", "small"]);
    expect((await app.image(ann, bee)).tags).toEqual(["animals", "small"]);
  });

  it("that have failed are all processed again, also those that are not listed yet", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    app.engine.faults.add({
      target: { service: "s3", operation: "GetObject", key: ann.folder },
      kind: "error500",
      times: 9999,
    });
    await givenMany(app, ann, NAMES);
    await ann.page.route(/\/api\/images\?/, (route) => {
      const url = new URL(route.request().url());
      if (url.searchParams.get("limit") === "24") url.searchParams.set("limit", "2");
      return route.continue({ url: url.href });
    });
    await ann.signIn("/?status=failed");
    await ann.tile("Fox").waitFor();
    app.engine.faults.clear();
    const changes = changesOf(ann);
    await ann.button("Process all failed again").click();
    await said(ann, "6 photographs are processed again.").waitFor();
    expect(changes).toEqual(Array(6).fill("POST /reprocess"));
    await ann.filter("Processed").click();
    await ann.tile("Ant").waitFor();
    await ann.filter("Failed").click();
    await ann.text("Nothing has failed").waitFor();
  });

  it("that may not be changed any more today are left as they are, and stay selected", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    await givenMany(app, ann, NAMES);
    await ann.signIn();
    const detail = "You have made 500 changes today, and no more can be.";
    ann.troubles.expect(/refused: POST .*\/reprocess 429/);
    let asked = 0;
    await ann.page.route("**/reprocess", (route) => {
      asked += 1;
      return asked <= 2
        ? route.continue()
        : route.fulfill({ status: 429, headers: { "retry-after": "40000" }, json: { detail } });
    });
    await ann.button("Select").click();
    await action(ann, /^All 6/).click();
    await action(ann, "Process again").click();
    await said(ann, "2 photographs are processed again.").waitFor();
    await said(ann, `4 photographs are as before: ${detail}`).waitFor();
    await counted(ann, "4 photographs selected").waitFor();
    expect(asked).toBeLessThanOrEqual(6);
  });
});

/** A file of the page's own, in place of one that a person would choose. */
const ASK_FOR_A_FILE_OF_THE_PAGE = `
  globalThis.showSaveFilePicker = async () =>
    (await navigator.storage.getDirectory()).getFileHandle("written.zip", { create: true });
  globalThis.readWritten = async () => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("written.zip");
    return [...new Uint8Array(await (await handle.getFile()).arrayBuffer())];
  };`;
