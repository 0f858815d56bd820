import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { describe, expect } from "vitest";
import { animation, sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { DEVICES, type PersonSettings } from "../fixtures/web-app.ts";

const it = inBrowser();

/** Does what makes the browser save a file. @returns the file's name, and its bytes. */
async function saved(person: Person, act: () => Promise<void>) {
  const saving = person.page.waitForEvent("download");
  await act();
  const download = await saving;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

const bytesAt = async (url = "") => Buffer.from(await (await fetch(url)).arrayBuffer());

describe.concurrent("a photograph", () => {
  it("is saved in the format that opens everywhere, in any other, and as it was sent", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Flat white / Bern" });
    await ann.signIn(`/images/${imageId}`);
    const { variants } = await app.image(ann, imageId);
    const urlOf = (name: string, format: string) =>
      variants.find((variant) => variant.name === name && variant.format === format)?.url;

    const told = ann.text("Downloading “Flat white _ Bern-large.jpeg”.").waitFor();
    const best = await saved(ann, () => ann.button(/^Download JPEG/).click());
    expect(best.name).toBe("Flat white _ Bern-large.jpeg");
    expect(best.bytes.equals(await bytesAt(urlOf("large", "jpeg")))).toBe(true);
    await told;

    const small = await saved(ann, () => ann.button("Download small, WebP").click());
    expect(small.name).toBe("Flat white _ Bern-small.webp");
    expect(small.bytes.equals(await bytesAt(urlOf("small", "webp")))).toBe(true);

    const original = await saved(ann, () => ann.button("Download the original").click());
    expect(original.name).toBe("Flat white _ Bern.png");
    expect(original.bytes.equals(sample("coffee.png"))).toBe(true);
    await ann.text("3 (").waitFor();
    expect(ann.page.url()).toContain(imageId);
  });

  it("is saved in its largest size, even by whoever asks before that is known", async ({ app, people }) => {
    const ann = await people.person();
    const large = await sharp(sample("hubble_deep_field.jpg")).resize(2600).jpeg().toBuffer();
    const imageId = await app.given(ann, file("deep.jpg", large), { name: "Deep field" });
    await ann.signIn();
    const { promise: isLetThrough, resolve: letThrough } = Promise.withResolvers<void>();
    await ann.page.route(`**/api/images/${imageId}`, async (route) => {
      await isLetThrough;
      await route.continue();
    });
    await ann.open("Deep field");
    const { name } = await saved(ann, async () => {
      await ann
        .button(/^Download\b/)
        .first()
        .click();
      letThrough();
    });
    expect(name).toBe("Deep field-large.jpeg");
  });

  it("that moves is saved as one that moves", async ({ app, people }) => {
    const ann = await people.person();
    const moving = await animation("gif", 3, 300, 200);
    const imageId = await app.given(ann, file("moving.gif", moving), { name: "Moving" });
    await ann.signIn(`/images/${imageId}`);
    const { bytes } = await saved(ann, () =>
      ann
        .button(/^Download\b/)
        .first()
        .click(),
    );
    expect((await sharp(bytes).metadata()).pages).toBe(3);
  });

  it("has links that can be given to somebody who is not signed in", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"));
    await ann.signIn(`/images/${imageId}`);
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await ann.button("Copy link to small, WebP").click();
    await ann.text("Link copied. It works for 15 minutes, for everybody who has it.").waitFor();
    const link = String(await ann.page.evaluate("navigator.clipboard.readText()"));
    const bob = await people.person();
    const answer = await bob.page.goto(link);
    expect([answer?.status(), answer?.headers()["content-type"]]).toEqual([200, "image/webp"]);
    expect(await sharp(await answer?.body()).metadata()).toMatchObject({ width: 512, height: 341 });
  });

  it("is deleted when one means it, with all that belongs to it", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await app.given(ann, file("rocket.jpg"), { name: "Lift-off" });
    const { variants } = await app.image(ann, imageId);
    await ann.signIn();
    await ann.open("Espresso");
    const question = ann.page.getByRole("dialog", { name: "Delete “Espresso”?" });
    await ann.button("Delete").click();
    await question.getByRole("button", { name: "Keep it" }).click();
    await question.waitFor({ state: "hidden" });
    await ann.button("Delete").click();
    await question.getByRole("button", { name: "Delete" }).click();
    await ann.text("“Espresso” is deleted.").waitFor();
    await ann.tile("Lift-off").waitFor();
    expect(await ann.tiles.count()).toBe(1);
    await ann.page.reload();
    await ann.text("That is the only one").waitFor();
    expect((await app.api(ann, `/images/${imageId}`)).status).toBe(404);
    expect((await fetch(variants[0]?.url ?? "")).status).toBe(403);
  });

  it("is processed again on demand", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    const before = await app.image(ann, imageId);
    await ann.signIn(`/images/${imageId}`);
    await ann.button("Process again").click();
    await ann.text("“Espresso” is processed again.").waitFor();
    await ann.text("“Espresso” is ready.").waitFor();
    await ann.page.getByText("Processed", { exact: true }).waitFor();
    expect((await app.image(ann, imageId)).updatedAt > before.updatedAt).toBe(true);
  });

  it("that is gone, and an address that leads nowhere, are not found", async ({ people }) => {
    const ann = await people.person();
    ann.troubles.expect(/refused: GET .*\/api\/images\/0{32} 404/);
    await ann.signIn(`/images/${"0".repeat(32)}`);
    await ann.heading("There is no such page").waitFor();
    await ann.goTo("/nowhere");
    await ann.heading("There is no such page").waitFor();
    expect(await ann.page.title()).toBe("Not found · Image pipeline");
    await ann.link("Your photographs").click();
    await ann.text("No photographs yet").waitFor();
  });

  it("that is deleted in another tab is said to be", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    ann.troubles.allow(/refused: GET .*\/api\/images\/\w+ 404/);
    await ann.signIn(`/images/${imageId}`);
    await ann.button("Copy link to small, WebP").waitFor();
    expect((await app.api(ann, `/images/${imageId}`, { method: "DELETE" })).status).toBe(204);
    await ann.heading("This photograph is deleted").waitFor();
    await ann.link("Your photographs").click();
    await ann.text("No photographs yet").waitFor();
  });

  it("whose links do not work any more is shown with new ones", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    ann.troubles.expect(/refused: GET .*\.webp 403/);
    let refused = 0;
    await ann.page.route(/\.webp\?/, (route) => {
      refused += 1;
      return refused === 1 ? route.fulfill({ status: 403 }) : route.continue();
    });
    await ann.signIn(`/images/${imageId}`);
    await ann.seePicture("Espresso");
  });

  it("weighs less on a phone than on a large screen", async ({ app, people }) => {
    const large = await sharp(sample("hubble_deep_field.jpg")).resize(2600).jpeg().toBuffer();
    const ann = await people.person();
    const imageId = await app.given(ann, file("deep.jpg", large));
    /** What a browser takes of the picture. */
    const shownOn = async (device: PersonSettings["device"]) => {
      const person = await people.person({ email: ann.email, ...(device && { device }) });
      const loading = person.page.waitForResponse(/\/processed.*\.webp|\.webp\?/);
      await person.signIn(`/images/${imageId}`);
      const answer = await loading;
      return { file: /(\w+\.\w+)\?/.exec(answer.url())?.[1], bytes: (await answer.body()).length };
    };
    const phone = await shownOn(DEVICES.phone);
    const screen = await shownOn(DEVICES.screen4k);
    expect([phone.file, screen.file]).toEqual(["medium.webp", "large.webp"]);
    expect(phone.bytes).toBeLessThan(screen.bytes);
  });
});
