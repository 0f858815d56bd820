import sharp from "sharp";
import { describe, expect } from "vitest";
import { bytesText } from "../../site/src/ui/text.ts";
import { sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { DEVICES } from "../fixtures/web-app.ts";

const it = inBrowser();

/** On the photograph's page. The large variants are known a moment after the others. */
async function compare(person: Person): Promise<void> {
  await person.button("Copy link to large, WebP").waitFor();
  await person.button("Compare").click();
}

describe.concurrent("a photograph that is looked at closely", () => {
  it("is looked at in every variant, as large as the window and pixel by pixel", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("hubble_deep_field.jpg"), { name: "Deep field" });
    await ann.signIn(`/images/${imageId}`);
    const { variants } = await app.image(ann, imageId);
    const viewer = ann.page.getByRole("dialog", { name: "Deep field" });
    const picture = viewer.getByRole("img");
    await ann.button("View small, WebP").click();
    for (const { name, format, url, width } of variants) {
      await viewer.getByRole("combobox", { name: "Variant" }).selectOption(`${name}.${format}`);
      await viewer.locator(`img[src*="${new URL(url).pathname}"]`).waitFor();
      await picture.evaluate((image: { decode(): Promise<void> }) => image.decode());
      expect((await picture.boundingBox())?.width).toBeLessThanOrEqual(width);
    }
    await viewer.getByRole("combobox", { name: "Variant" }).selectOption("large.webp");
    await viewer.getByRole("button", { name: "100 %" }).click();
    const large = variants.find(({ name }) => name === "large");
    expect((await picture.boundingBox())?.width).toBe(large?.width);
    await ann.page.keyboard.press("Escape");
    await ann.focused(ann.button("View small, WebP")).waitFor();
  });

  it("that is compared is as it was after Back, and compared again after Forward and after a reload", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    for (const name of ["Espresso", "Flat white"]) await app.given(ann, file("coffee.png"), { name });
    await ann.signIn("/?sort=oldest");
    await ann.open("Espresso");
    const viewer = ann.page.getByRole("dialog", { name: "Espresso" });
    const slider = viewer.getByRole("slider");
    await compare(ann);
    await slider.waitFor();
    await viewer.getByRole("button", { name: "100 %" }).click();
    await viewer.getByRole("combobox", { name: "Variant" }).selectOption("large.webp");
    await ann.page.goBack();
    await viewer.waitFor({ state: "detached" });
    await ann.focused(ann.button("Compare")).waitFor();
    await ann.page.goBack();
    await ann.focused(ann.tile("Espresso")).waitFor();
    expect(ann.page.url()).toContain("?sort=oldest");

    await ann.page.goForward();
    await ann.heading("Espresso").waitFor();
    await ann.page.goForward();
    await slider.waitFor();
    await ann.page.reload();
    await slider.waitFor();
    const seen = [
      await viewer.getByRole("combobox", { name: "Variant" }).inputValue(),
      await viewer.getByRole("button", { name: "100 %" }).getAttribute("aria-pressed"),
    ];
    expect(seen).toEqual(["large.webp", "false"]);
    await ann.page.keyboard.press("Escape");
    await ann.page.waitForURL(/images\/\w+$/);
    await viewer.waitFor({ state: "detached" });
    await ann.page.goBack();
    await ann.text("That is all: 2 photographs").waitFor();
  });

  it("that somebody was sent the comparison of is, once that is closed, on its own page", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await ann.signIn();
    await ann.tile("Espresso").waitFor();
    await ann.goTo(`/images/${imageId}?view=compare`);
    const viewer = ann.page.getByRole("dialog", { name: "Espresso" });
    await viewer.getByRole("slider").waitFor();
    await viewer.getByRole("button", { name: "Close" }).click();
    await viewer.waitFor({ state: "detached" });
    expect(new URL(ann.page.url()).pathname).toBe(`/images/${imageId}`);
    expect(new URL(ann.page.url()).search).toBe("");
    await ann.page.goBack();
    await ann.text("That is the only one").waitFor();
  });

  it("is proved against the original: the same picture, of fewer bytes, without what is nobody’s business", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const told = await sharp(sample("hubble_deep_field.jpg"))
      .withExif({
        IFD0: { Make: "Aperture & Sons", Model: "One" },
        IFD2: { BodySerialNumber: "123456" },
        IFD3: {
          GPSLatitudeRef: "N",
          GPSLatitude: "46/1 57/1 0/1",
          GPSLongitudeRef: "E",
          GPSLongitude: "7/1 26/1 0/1",
        },
      })
      .jpeg({ quality: 98 })
      .toBuffer();
    const imageId = await app.given(ann, file("deep.jpg", told), { name: "Deep field" });
    await ann.signIn(`/images/${imageId}`);
    await compare(ann);
    const viewer = ann.page.getByRole("dialog", { name: "Deep field" });
    await viewer.getByRole("img", { name: "The original, JPEG" }).waitFor();
    await viewer.getByText("Removed: GPS position, serial number of the camera, camera.").waitFor();
    await viewer.getByText(`JPEG, 1000 × 872, ${bytesText(told.length)}`).waitFor();
    await viewer.getByText(/% smaller than the original/).waitFor();
    const wipe = viewer.getByRole("slider", { name: "How much of the original is seen" });
    await wipe.focus();
    await ann.page.keyboard.press("Home");
    expect(await wipe.inputValue()).toBe("0");
    await ann.page.keyboard.press("End");
    expect(await wipe.inputValue()).toBe("100");
    await viewer.getByRole("button", { name: "Close" }).click();
    await ann.focused(ann.button("Compare")).waitFor();
  });

  it.for(["desktop", "phone"] as const)(
    "is compared up to where one drags it, from edge to edge, on a %s",
    async (device, { app, people }) => {
      const ann = await people.person({ device: DEVICES[device] });
      const imageId = await app.given(ann, file("coffee.png"), { name: "Flat white" });
      await ann.signIn(`/images/${imageId}`);
      await compare(ann);
      await ann.page.getByRole("slider").waitFor();
      await ann.button("100 %").click();
      const picture = await ann.page.locator(".wipe").boundingBox();
      if (!picture) throw new Error("The original is not seen.");
      const [middle, y] = [picture.x + picture.width / 2, picture.y + picture.height / 2];
      await ann.page.mouse.move(middle, y);
      await ann.page.mouse.down();
      for (const part of [0, 0.02, 0.3, 0.98, 1]) {
        const x = picture.x + part * picture.width;
        await ann.page.mouse.move(x, y);
        const line = await ann.page.locator(".wipe-line").boundingBox();
        // A hundredth is the least that it is moved by, and the line is two pixels wide.
        expect(Math.abs((line?.x ?? Number.NaN) + 1 - x)).toBeLessThanOrEqual(picture.width / 200 + 2);
      }
      await ann.page.mouse.up();
    },
  );

  it("of a kind that the browser cannot show is proved by words, and can be saved as it was", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("astronaut.heic"), { name: "Eileen Collins" });
    await ann.signIn(`/images/${imageId}`);
    await compare(ann);
    const viewer = ann.page.getByRole("dialog", { name: "Eileen Collins" });
    await viewer.getByRole("status").getByText("cannot show the original (HEIC)").waitFor();
    expect(await viewer.getByRole("slider").count()).toBe(0);
    await viewer.getByText(`HEIC, 512 × 512, ${bytesText(sample("astronaut.heic").length)}`).waitFor();
    await viewer.getByText("The original says nothing of who took it, or where.").waitFor();
    const { name, bytes } = await ann.saved(() =>
      viewer.getByRole("button", { name: "Download the original" }).click(),
    );
    expect(name).toBe("Eileen Collins.heic");
    expect(bytes.equals(sample("astronaut.heic"))).toBe(true);
  });
});
