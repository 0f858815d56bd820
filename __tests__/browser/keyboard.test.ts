/** All that is done with photographs, by somebody who has no mouse: after each press they see where they are. */
import { describe } from "vitest";
import { plain } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import type { WebApp } from "../fixtures/web-app.ts";

const it = inBrowser();

const said = ({ page }: Person, text: string) => page.getByRole("status").getByText(text);
const bar = ({ page }: Person) => page.getByRole("region", { name: "Selected photographs" });
const action = (person: Person, name: string | RegExp) =>
  bar(person).getByRole("button", { name, exact: true });
const counted = (person: Person, text: string) => bar(person).getByRole("status").getByText(text);
const box = ({ page }: Person, name: string) =>
  page.getByRole("checkbox", { name: `Select ${name}`, exact: true });

/** Small photographs, the first the oldest. @returns their ids. */
async function given(app: WebApp, person: Person, ...names: string[]): Promise<string[]> {
  const imageIds: string[] = [];
  for (const [index, name] of names.entries()) {
    const picture = await plain(60 + index, 40)
      .png()
      .toBuffer();
    imageIds.push(await app.given(person, file(`${name}.png`, picture), { name }));
  }
  return imageIds;
}

async function press({ page }: Person, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe.concurrent("with keys alone", () => {
  it("photographs are searched, sorted, filtered, looked at one by one, and come back to", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    await given(app, ann, "Zug", "Bern", "Zermatt", "Basel");
    await ann.signIn();
    const search = ann.page.getByRole("searchbox");
    await ann.tabTo(search);
    await ann.page.keyboard.type("z");
    await ann.text("That is all: 2 photographs").waitFor();
    await ann.isAt(search);
    await press(ann, "Backspace", "Enter");
    await ann.text("That is all: 4 photographs").waitFor();
    const order = ann.page.getByRole("combobox", { name: "Order" });
    await ann.tabTo(order);
    await press(ann, "ArrowDown", "ArrowDown");
    await ann.page.waitForURL("**/?sort=name");
    await ann.isAt(order);
    while ((await ann.focused(ann.filter("Processed")).count()) === 0) await press(ann, "Shift+Tab");
    await press(ann, "Enter");
    await ann.page.waitForURL("**/?status=processed&sort=name");
    await ann.isAt(ann.filter("Processed"));

    await ann.tabTo(ann.tile("Basel"));
    await press(ann, "ArrowRight", "ArrowRight");
    await ann.isAt(ann.tile("Zermatt"));
    await press(ann, "/");
    await ann.isAt(search);
    await ann.tabTo(ann.tile("Basel"));
    await press(ann, "Enter");
    await ann.isAt(ann.heading("Basel"));
    for (const [key, name] of [
      ["ArrowRight", "Bern"],
      ["ArrowRight", "Zermatt"],
      ["ArrowLeft", "Bern"],
    ] as const) {
      await press(ann, key);
      await ann.isAt(ann.heading(name));
    }
    while ((await ann.focused(ann.link("All photographs")).count()) === 0) await press(ann, "Shift+Tab");
    await press(ann, "Enter");
    // Where one is now, and not where one began.
    await ann.isAt(ann.tile("Bern"));
    await press(ann, "Enter");
    await ann.isAt(ann.heading("Bern"));
    await ann.tabTo(ann.button("Delete"));
    await press(ann, "Enter");
    await said(ann, "“Bern” is deleted.").waitFor();
    await ann.isAt(ann.tile("Zermatt"));
    await ann.tabTo(ann.button("Undo"));
    await press(ann, "Enter");
    await said(ann, "“Bern” is back.").waitFor();
    // The last one before the message.
    await ann.isAt(ann.tile("Zug"));
    await ann.tile("Bern").waitFor();
  });

  it("a photograph is zoomed, compared and seen in every variant", async ({ app, people, expect }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("hubble_deep_field.jpg"), { name: "Deep field" });
    const { variants } = await app.image(ann, imageId);
    await ann.signIn(`/images/${imageId}`);
    await ann.tabTo(ann.button("Compare"));
    await press(ann, "Enter");
    const viewer = ann.page.getByRole("dialog", { name: "Deep field" });
    await ann.isAt(viewer.getByRole("button", { name: "Close" }));
    const wipe = viewer.getByRole("slider", { name: "How much of the original is seen" });
    await ann.tabTo(wipe);
    await press(ann, "ArrowRight", "ArrowRight", "ArrowLeft");
    expect(await wipe.getAttribute("aria-valuetext")).toBe("51 %");
    const stage = viewer.getByRole("region", { name: "Picture" });
    await press(ann, "c");
    await ann.isAt(stage);
    expect(await wipe.count()).toBe(0);

    // It is as large as it is made now; the arrows move it.
    const large = variants.find(({ name }) => name === "large");
    const widthOf = async () => (await viewer.getByRole("img").boundingBox())?.width;
    await expect.poll(widthOf).toBe(large?.width);
    const isMoved = () => stage.evaluate(({ scrollTop }: { scrollTop: number }) => scrollTop > 0);
    await press(ann, "ArrowDown");
    await expect.poll(isMoved).toBe(true);
    await press(ann, "z");
    await expect.poll(widthOf).toBeLessThan(large?.width ?? 0);
    await ann.isAt(stage);

    const choice = viewer.getByRole("combobox", { name: "Variant" });
    await ann.tabTo(choice);
    await press(ann, "Home");
    for (const { url } of variants) {
      await viewer.locator(`img[src*="${new URL(url).pathname}"]`).waitFor();
      await press(ann, "ArrowDown");
    }
    await ann.isAt(choice);
    await press(ann, "Escape");
    await ann.isAt(ann.button("Compare"));
  });

  it("what crops keep is moved, made, and left", async ({ app, people, expect }) => {
    const ann = await people.person();
    const wide = await plain(1600, 600).jpeg().toBuffer();
    const imageId = await app.given(ann, file("wide.jpg", wide), { name: "Wide" });
    await ann.signIn(`/images/${imageId}`);
    await ann.tabTo(ann.button("Crop"));
    await press(ann, "Enter");
    const dialog = ann.page.getByRole("dialog", { name: "What crops keep" });
    const across = dialog.getByRole("slider", { name: "Focus, from the left" });
    await ann.tabTo(across);
    await press(ann, "Shift+ArrowRight", "Shift+ArrowRight", "ArrowRight");
    await ann.isAt(across);
    await press(ann, "ArrowUp");
    const down = dialog.getByRole("slider", { name: "Focus, from the top" });
    await ann.isAt(down);
    expect(await down.getAttribute("aria-valuetext")).toBe("71% from the left, 49% from the top");
    const save = dialog.getByRole("button", { name: "Save, and process again" });
    await ann.tabTo(save);
    await press(ann, "Enter");
    await said(ann, "Done: these are the crops now.").waitFor();
    await ann.isAt(save);
    expect((await app.image(ann, imageId)).focus).toEqual({ x: 0.71, y: 0.49 });
    await press(ann, "Escape");
    await ann.isAt(ann.button("Crop"));
    await ann.tabTo(ann.button("Process again"));
    const letResize = app.holdResizing(ann);
    await press(ann, "Enter");
    await said(ann, "“Wide” is processed again.").waitFor();
    await ann.isAt(ann.button(/^Download JPEG/));
    letResize();
    await ann.button("Process again").waitFor();
  });

  it("several are selected, saved, tagged, deleted and brought back", async ({ app, people, expect }) => {
    const ann = await people.person();
    const [, bee = "", cat = "", dog = ""] = await given(app, ann, "Ant", "Bee", "Cat", "Dog", "Elk");
    await ann.page.addInitScript("delete globalThis.showSaveFilePicker");
    await ann.signIn("/?sort=oldest");
    await ann.tabTo(ann.tile("Ant"));
    await press(ann, "ArrowRight", " ");
    await counted(ann, "1 photograph selected").waitFor();
    await ann.isAt(box(ann, "Bee"));
    await press(ann, "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight");
    await counted(ann, "4 photographs selected").waitFor();
    await ann.isAt(box(ann, "Elk"));
    await press(ann, "Shift+ArrowLeft");
    await counted(ann, "3 photographs selected").waitFor();
    expect(await box(ann, "Elk").isChecked()).toBe(false);
    await press(ann, "ArrowLeft", " ");
    await counted(ann, "2 photographs selected").waitFor();
    await press(ann, " ");
    await counted(ann, "3 photographs selected").waitFor();

    // From all photographs, one press of Tab leads to what can be done with them.
    await press(ann, "Tab");
    await ann.isAt(action(ann, /^All 5/));
    await ann.tabTo(action(ann, "Download"));
    const saving = ann.page.waitForEvent("download");
    await press(ann, "Enter");
    await saving;
    await said(ann, "3 photographs are saved.").waitFor();
    await ann.isAt(action(ann, /^All 5/));
    await ann.tabTo(action(ann, "Tag"));
    await press(ann, "Enter");
    const dialog = ann.page.getByRole("dialog", { name: "Tag 3 photographs" });
    await ann.isAt(dialog.getByRole("textbox", { name: "Add" }));
    await ann.page.keyboard.type("pets");
    await press(ann, "Enter");
    await said(ann, "3 photographs have their tags changed.").waitFor();
    for (const imageId of [bee, cat, dog]) expect((await app.image(ann, imageId)).tags).toEqual(["pets"]);

    await ann.tabTo(action(ann, "Delete"));
    await press(ann, "Enter");
    await said(ann, "3 photographs are deleted.").waitFor();
    await ann.text("That is all: 2 photographs").waitFor();
    await ann.isAt(action(ann, /^All 2/));
    await ann.tabTo(ann.button("Undo"));
    await press(ann, "Enter");
    await said(ann, "3 photographs are back.").waitFor();
    await ann.text("That is all: 5 photographs").waitFor();
    for (const imageId of [bee, cat, dog])
      expect(await app.image(ann, imageId)).not.toHaveProperty("expiresAt");
    await ann.isAt(action(ann, /^All 5/));
    await press(ann, "Escape");
    await ann.isAt(ann.button("Select"));
    await ann.tabTo(ann.tile("Ant"));
    await press(ann, " ");
    await counted(ann, "1 photograph selected").waitFor();
    await ann.isAt(box(ann, "Ant"));
    await press(ann, "Escape");
    await ann.isAt(ann.tile("Ant"));
  });

  it("what has failed is processed again, one by one and all at once", async ({ app, people, expect }) => {
    const ann = await people.person();
    const target = { service: "s3", operation: "GetObject", key: ann.folder };
    app.engine.faults.add({ target, kind: "error500", times: Number.POSITIVE_INFINITY });
    const imageIds = await given(app, ann, "Ant", "Bee", "Cat");
    app.engine.faults.clear();
    await ann.signIn("/?status=failed&sort=name");
    await ann.tabTo(ann.tile("Bee"));
    await ann.tabTo(ann.button("Process Bee again"));
    await press(ann, "Enter");
    await said(ann, "“Bee” is processed again.").waitFor();
    // What took its place.
    await ann.isAt(ann.tile("Cat"));
    await press(ann, "ArrowLeft");
    await ann.isAt(ann.tile("Ant"));
    while ((await ann.focused(ann.button("Process all failed again")).count()) === 0)
      await press(ann, "Shift+Tab");
    await press(ann, "Enter");
    await said(ann, "2 photographs are processed again.").waitFor();
    await ann.text("Nothing has failed").waitFor();
    await ann.isAt(ann.heading("Gallery"));
    await ann.tabTo(ann.link("Show all"));
    await press(ann, "Enter");
    await ann.tile("Ant").waitFor();
    await ann.isAt(ann.heading("Gallery"));
    for (const imageId of imageIds)
      await expect.poll(async () => (await app.image(ann, imageId)).status).toBe("PROCESSED");
  });
});
