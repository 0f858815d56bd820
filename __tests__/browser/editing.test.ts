import sharp from "sharp";
import { describe, expect } from "vitest";
import { plain } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";

const it = inBrowser();

const field = ({ page }: Person, name: string) => page.getByRole("textbox", { name, exact: true });
const editButton = (person: Person) => person.button("Edit name, caption and tags");
const tagLink = (person: Person, tag: string) =>
  person.page.getByRole("list", { name: "Tags" }).getByRole("link", { name: tag });

/** Keeps what is said of images from being answered. @returns what lets it be. */
async function holdEdits({ page }: Person): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route("**/api/images/*", async (route) => {
    if (route.request().method() === "PATCH") await promise;
    await route.continue();
  });
  return resolve;
}

describe.concurrent("what is said of a photograph", () => {
  it("is changed where it is, seen at once, and found by its tags", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("rocket.jpg"), { name: "Rocket" });
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await ann.signIn();
    await ann.open("Rocket");
    const letThrough = await holdEdits(ann);
    await editButton(ann).click();
    await ann.focused(field(ann, "Name")).waitFor();
    await ann.page.keyboard.type("Lift-off");
    // These are for the field, and not for the next photograph.
    await ann.page.keyboard.press("ArrowLeft");
    await ann.page.keyboard.press("ArrowRight");
    await field(ann, "Caption").fill("From pad 39A");
    await field(ann, "Tags").fill("Space,  Florida & sea, space");
    await ann.page.keyboard.press("Enter");
    await ann.heading("Lift-off").waitFor();
    await ann.text("From pad 39A").waitFor();
    await tagLink(ann, "florida & sea").waitFor();
    await ann.focused(editButton(ann)).waitFor();
    letThrough();
    await ann.page.getByRole("status").getByText("Saved.").waitFor();
    expect(await app.image(ann, imageId)).toMatchObject({
      name: "Lift-off",
      caption: "From pad 39A",
      tags: ["space", "florida & sea"],
    });
    await tagLink(ann, "florida & sea").click();
    await ann.text("That is the only one").waitFor();
    expect(new URL(ann.page.url()).search).toBe("?tag=florida+%26+sea");
    await ann.tile("Lift-off").waitFor();
    await ann.link(/^With the tag florida & sea/).click();
    await ann.text("That is all: 2 photographs").waitFor();
    expect(await ann.tile("Lift-off").textContent()).toContain("From pad 39A");
    await ann.goTo("/?tag=winter");
    await ann.text("Nothing here has the tag “winter”").waitFor();
  });

  it("is as it was when the API refuses it, and what was written is not lost", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("rocket.jpg"), { name: "Rocket" });
    await ann.signIn(`/images/${imageId}`);
    await ann.heading("Rocket").waitFor();
    const detail = "You have made 500 changes today, and no more can be.";
    ann.troubles.expect(/refused: PATCH .* 429/);
    await ann.page.route("**/api/images/*", (route) =>
      route.request().method() === "PATCH"
        ? route.fulfill({ status: 429, headers: { "retry-after": "40000" }, json: { detail } })
        : route.fallback(),
    );
    await editButton(ann).click();
    await field(ann, "Name").fill("Lift-off");
    await ann.button("Save").click();
    await ann.page.getByRole("alert").getByText(detail).waitFor();
    expect(await field(ann, "Name").inputValue()).toBe("Lift-off");
    await ann.heading("Rocket").waitFor();
    await ann.page.keyboard.press("Escape");
    await ann.focused(editButton(ann)).waitFor();
    await ann.heading("Rocket").waitFor();
    await editButton(ann).click();
    expect(await field(ann, "Name").inputValue()).toBe("Rocket");
  });
});

/** What is on the left of its middle, and on the right. */
const twoHalves = async () =>
  plain(1600, 600, "#d02020")
    .composite([{ input: await plain(800, 600, "#2020d0").png().toBuffer(), left: 800, top: 0 }])
    .jpeg()
    .toBuffer();

async function isRed(url: string): Promise<boolean> {
  const picture = Buffer.from(await (await fetch(url)).arrayBuffer());
  const { channels } = await sharp(picture).stats();
  return (channels[0]?.mean ?? 0) > (channels[2]?.mean ?? 0);
}

describe.concurrent("what crops keep", () => {
  it("is a point that is clicked, and seen once it is made", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("halves.jpg", await twoHalves()), { name: "Halves" });
    const cropUrl = async () =>
      (await app.image(ann, imageId)).variants.find(({ name }) => name === "thumbnail")?.url ?? "";
    await ann.signIn(`/images/${imageId}`);
    await ann.button("Crop").click();
    const dialog = ann.page.getByRole("dialog", { name: "What crops keep" });
    const picture = dialog.getByRole("img", { name: "The whole photograph" });
    const { width, height } = (await picture.boundingBox()) ?? { width: 0, height: 0 };
    await picture.click({ position: { x: width * 0.2, y: height * 0.5 }, force: true });
    const across = dialog.getByRole("slider", { name: "Focus, from the left" });
    const said = () => across.getAttribute("aria-valuetext");
    await expect.poll(said).toBe("20% from the left, 50% from the top");
    await dialog.getByRole("button", { name: "Save, and process again" }).click();
    await dialog.getByText("Done: these are the crops now.").waitFor();
    expect((await app.image(ann, imageId)).focus).toEqual({ x: 0.2, y: 0.5 });
    expect(await isRed(await cropUrl())).toBe(true);
    const shown = dialog.getByRole("list", { name: "Variants that are cropped" }).locator("img");
    expect(await shown.getAttribute("src")).toBe(await cropUrl());

    await dialog.getByRole("button", { name: "Leave it to the pipeline" }).click();
    await dialog.getByText("It is processed again").waitFor();
    await dialog.getByText("Done: these are the crops now.").waitFor();
    expect((await app.image(ann, imageId)).focus).toBeUndefined();
    await dialog.getByRole("button", { name: "Close" }).click();
    await ann.focused(ann.button("Crop")).waitFor();
  });

  it("is not asked of a photograph of which nothing is cropped", async ({ app, people }) => {
    const ann = await people.person();
    const square = await plain(600, 600, "#d02020").jpeg().toBuffer();
    const imageId = await app.given(ann, file("square.jpg", square));
    await ann.signIn(`/images/${imageId}`);
    await ann.button("Copy link to thumbnail, WebP").waitFor();
    expect(await ann.button("Crop").count()).toBe(0);
  });
});

describe.concurrent("on a phone", () => {
  it("steps come before details, and before all else while they are taken", async ({ app, people }) => {
    const ann = await people.person({ device: { viewport: { width: 390, height: 844 } } });
    const imageId = await app.given(ann, file("rocket.jpg"), { name: "Rocket" });
    await ann.signIn(`/images/${imageId}`);
    const order = async () => {
      const tops = await Promise.all(
        ["Variants", "Steps", "Details"].map(async (name) => ({
          name,
          top: (await ann.page.getByRole("region", { name }).boundingBox())?.y ?? 0,
        })),
      );
      return tops.sort((one, other) => one.top - other.top).map(({ name }) => name);
    };
    await ann.button("Copy link to large, WebP").waitFor();
    expect(await order()).toEqual(["Variants", "Steps", "Details"]);
    const letResize = app.holdResizing(ann);
    await ann.button("Process again").click();
    await ann.step(ann.page.getByRole("region", { name: "Steps" }), "Resize", "running").waitFor();
    expect((await order())[0]).toBe("Steps");
    letResize();
  });
});
