import sharp from "sharp";
import { describe, expect } from "vitest";
import { animation, sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file } from "../fixtures/person.ts";
import { DEVICES, type PersonSettings } from "../fixtures/web-app.ts";

const it = inBrowser();

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

    const leadTo: string[] = [];
    ann.page.on("request", (request) => {
      if (request.isNavigationRequest() && request.frame() === ann.page.mainFrame())
        leadTo.push(request.url());
    });
    const told = ann.text("Downloading “Flat white _ Bern-large.jpeg”.").waitFor();
    const best = await ann.saved(() => ann.button(/^Download JPEG/).click());
    expect(best.name).toBe("Flat white _ Bern-large.jpeg");
    expect(best.bytes.equals(await bytesAt(urlOf("large", "jpeg")))).toBe(true);
    await told;

    const small = await ann.saved(() => ann.button("Download small, WebP").click());
    expect(small.name).toBe("Flat white _ Bern-small.webp");
    expect(small.bytes.equals(await bytesAt(urlOf("small", "webp")))).toBe(true);

    const original = await ann.saved(() => ann.button("Download the original").click());
    expect(original.name).toBe("Flat white _ Bern.png");
    expect(original.bytes.equals(sample("coffee.png"))).toBe(true);
    await ann.text("3 (").waitFor();
    // Where the page itself is led, Firefox ends all that it has asked for.
    expect(leadTo).toEqual([]);
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
    const { name } = await ann.saved(async () => {
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
    const { bytes } = await ann.saved(() =>
      ann
        .button(/^Download\b/)
        .first()
        .click(),
    );
    expect((await sharp(bytes).metadata()).pages).toBe(3);
  });

  it("is gone on from to the next and the one before by the arrow keys, and back is the gallery", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    for (const name of ["First", "Second", "Third"]) await app.given(ann, file("coffee.png"), { name });
    await ann.signIn("/?sort=oldest");
    await ann.open("First");
    expect(await ann.link(/^Previous/).count()).toBe(0);
    await ann.page.keyboard.press("ArrowRight");
    await ann.heading("Second").waitFor();
    await ann.link(/^Next/).click();
    await ann.heading("Third").waitFor();
    await ann.page.keyboard.press("ArrowLeft");
    await ann.focused(ann.heading("Second")).waitFor();
    await ann.page.goBack();
    await ann.text("That is all: 3 photographs").waitFor();
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
    // The browser's own page around a picture has styles, which the file's policy does not let in.
    bob.troubles.allow(/console error: (Applying inline style|Blocked script execution)/);
    const answer = await bob.page.goto(link);
    expect([answer?.status(), answer?.headers()["content-type"]]).toEqual([200, "image/webp"]);
    expect(await sharp(await answer?.body()).metadata()).toMatchObject({ width: 512, height: 341 });
  });

  it("is deleted, not public any more, and within a minute or two gone with all that belongs to it", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await app.given(ann, file("rocket.jpg"), { name: "Lift-off" });
    await app.api(ann, `/images/${imageId}/publish`, { method: "POST" });
    await ann.signIn();
    await ann.open("Espresso");
    await ann.button("Delete").click();
    await ann.text("“Espresso” is deleted.").waitFor();
    await ann.tile("Lift-off").waitFor();
    expect(await ann.tiles.count()).toBe(1);
    await ann.page.reload();
    await ann.text("That is the only one").waitFor();
    const { expiresAt = "", ...image } = await app.image(ann, imageId);
    expect(image.public).toBeUndefined();
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(60_000);
  });

  it("that was deleted by mistake is back, and public, by Ctrl+Z: in other tabs too", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await app.api(ann, `/images/${imageId}/publish`, { method: "POST" });
    await ann.signIn();
    const other = await ann.inNewTab();
    await other.goTo("/");
    await other.tile("Espresso").waitFor();
    await ann.open("Espresso");
    await ann.button("Delete").click();
    await ann.text("No photographs yet").waitFor();
    await other.comeBackTo();
    await other.text("No photographs yet").waitFor();
    await ann.comeBackTo();
    await ann.page.keyboard.press("Control+z");
    await ann.text("“Espresso” is back.").waitFor();
    await ann.tile("Espresso").waitFor();
    await other.comeBackTo();
    await other.tile("Espresso").waitFor();
    const image = await app.image(ann, imageId);
    expect(image.public).toBeDefined();
    expect(image).not.toHaveProperty("expiresAt");
  });

  it("is processed again on demand", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    const before = await app.image(ann, imageId);
    const isDone = async () => {
      const { status, updatedAt } = await app.image(ann, imageId);
      return status === "PROCESSED" && updatedAt > before.updatedAt;
    };
    await ann.signIn(`/images/${imageId}`);
    await ann.button("Process again").waitFor();
    await ann.page.route(`**/api/images/${imageId}`, async (route) => {
      // Done before it is seen that it has begun.
      await expect.poll(isDone).toBe(true);
      await route.continue();
    });
    await ann.button("Process again").click();
    await ann.text("“Espresso” is processed again.").waitFor();
    const told = ann.page.locator(".toast", { hasText: "“Espresso” is ready." });
    const [toast, steps] = await Promise.all([
      told.boundingBox(),
      ann.page.getByRole("region", { name: "Steps" }).boundingBox(),
    ]);
    // It does not cover what is looked at.
    expect((toast?.x ?? 0) + (toast?.width ?? Number.POSITIVE_INFINITY)).toBeLessThan(steps?.x ?? 0);
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
