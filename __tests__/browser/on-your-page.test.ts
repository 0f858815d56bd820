import type { Locator } from "playwright-core";
import sharp from "sharp";
import { describe, expect } from "vitest";
import type { EmbedView } from "../../functions/api/contract.ts";
import { bytesText } from "../../site/src/ui/text.ts";
import { accessibilityProblems } from "../fixtures/accessibility.ts";
import { sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { DEVICES } from "../fixtures/web-app.ts";

const it = inBrowser();

const panelOf = ({ page }: Person) => page.getByRole("dialog", { name: "Put it on your page" });

/** Opens what puts a photograph on a page. */
async function openPanel(person: Person) {
  await person.button("Put it on your page").click();
  const panel = panelOf(person);
  await panel.waitFor();
  return panel;
}

/** What the slider says for a window of so many pixels: by density, the file and its weight. */
async function saidFor(person: Person, windowPixels: number): Promise<string> {
  const slider = panelOf(person).getByRole("slider");
  await slider.fill(String(windowPixels));
  return (await slider.getAttribute("aria-valuetext")) ?? "";
}

interface Picture {
  decode(): Promise<void>;
  currentSrc: string;
}

/** @returns the file that a browser takes which is shown nothing but this HTML. */
async function takenBy({ page }: Person, html: string, windowPixels: number): Promise<string> {
  await page.setViewportSize({ width: windowPixels, height: 800 });
  await page.setContent(html);
  const url = await page.locator("img").evaluate(async (image: Picture) => {
    await image.decode();
    return image.currentSrc;
  });
  return url.slice(url.lastIndexOf("/") + 1);
}

describe("a photograph on a page of one's own", () => {
  it("is made public, copied as HTML that shows it to anybody, and taken back", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("hubble_deep_field.jpg"), {
      name: "Deep field",
      caption: "Galaxies",
    });
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await ann.signIn(`/images/${imageId}`);
    const clipboard = async () => String(await ann.page.evaluate("navigator.clipboard.readText()"));

    const panel = await openPanel(ann);
    await panel.getByText("Private: nobody but you can see it").waitFor();
    await panel.getByRole("button", { name: "Make it public" }).click();
    await ann.focused(panel.getByText("Public: everybody who has an address of it can see it.")).waitFor();
    const { addresses = {} } = (await app.image(ann, imageId)).public ?? {};
    const answer = await app.api(ann, `/images/${imageId}/embed`);
    const { html } = (await answer.json()) as EmbedView;
    expect(await panel.getByRole("textbox", { name: "HTML of the photograph" }).inputValue()).toBe(html);
    await panel.getByRole("button", { name: "Copy the HTML" }).click();
    await panel.getByRole("button", { name: "Copied the HTML" }).waitFor();
    expect(await clipboard()).toBe(html);
    await panel.getByRole("button", { name: "Copy the address of small" }).click();
    await expect.poll(clipboard).toBe(addresses.small);

    const bob = await people.person();
    await bob.page.setContent(html);
    const picture = bob.page.getByRole("img", { name: "Galaxies" });
    await picture.evaluate((image: { decode(): Promise<void> }) => image.decode());
    expect((await fetch(addresses.small ?? "")).status).toBe(200);

    await panel.getByRole("button", { name: "Take it back" }).click();
    await ann.focused(panel.getByText("Private: nobody but you can see it")).waitFor();
    expect((await fetch(addresses.small ?? "")).status).toBe(404);
    expect((await app.image(ann, imageId)).public).toBeUndefined();
    await ann.page.keyboard.press("Escape");
    await ann.focused(ann.button("Put it on your page")).waitFor();
  });

  it("is foretold the file that this browser takes, in any window, and what it weighs", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const large = await sharp(sample("hubble_deep_field.jpg")).resize(2600).jpeg().toBuffer();
    const imageId = await app.given(ann, file("deep.jpg", large), { name: "Deep field" });
    await app.api(ann, `/images/${imageId}/publish`, { method: "POST" });
    const { variants } = await app.image(ann, imageId);
    await ann.signIn(`/images/${imageId}`);
    const panel = await openPanel(ann);
    const layout = panel.getByRole("combobox", { name: /^Your page shows it/ });
    const code = panel.getByRole("textbox", { name: "HTML of the photograph" });
    const seen = new Set<string>();
    for (const [name, sizes] of [
      ["full", /, 100vw"/],
      ["quarter", /25vw, 100vw"/],
    ] as const) {
      await layout.selectOption(name);
      await expect.poll(() => code.inputValue()).toMatch(sizes);
      const html = await code.inputValue();
      for (const density of [1, 2])
        for (const width of [320, 460, 700, 1030, 1500, 1920]) {
          // Somebody new each time: a browser that has loaded a larger file before takes that.
          const bob = await people.person({ device: { deviceScaleFactor: density } });
          const taken = await takenBy(bob, html, width);
          const variant = variants.find(({ name, format }) => taken === `${name}.${format}`);
          const weight = bytesText(variant?.bytes ?? 0);
          expect(await saidFor(ann, width)).toContain(`at ${density}x ${variant?.name}, WebP, ${weight}`);
          seen.add(taken);
        }
    }
    // It would prove nothing if it were the same one everywhere.
    expect(seen.size).toBeGreaterThan(2);
  });

  it("is seen in a window that is dragged by its edge, as the file that is loaded there", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("hubble_deep_field.jpg"), { name: "Deep field" });
    await app.api(ann, `/images/${imageId}/publish`, { method: "POST" });
    const { variants } = await app.image(ann, imageId);
    const weightOf = (name: string) =>
      bytesText(variants.find((one) => one.name === name && one.format === "webp")?.bytes ?? 0);
    await ann.signIn(`/images/${imageId}`);
    const panel = await openPanel(ann);
    const slider = panel.getByRole("slider");
    await slider.waitFor();
    const frame = panel.locator(".window");
    const picture = frame.locator("img");
    const widthOf = async (what: Locator) => (await what.boundingBox())?.width ?? 0;
    const isShown = (name: string) =>
      expect.poll(() => picture.evaluate(({ currentSrc }: Picture) => currentSrc)).toContain(`/${name}.webp`);

    // What the edge is dragged over is what it was, at every width: a step is ten pixels of 1920.
    const box = (await frame.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const scale = box.width / 1280;
    const y = box.y + box.height / 2;
    await ann.page.mouse.move(box.x + box.width, y);
    await ann.page.mouse.down();
    for (const pixels of [900, 400]) {
      await ann.page.mouse.move(box.x + pixels * scale, y, { steps: 5 });
      expect(Math.abs(Number(await slider.inputValue()) - pixels)).toBeLessThanOrEqual(20);
      expect(Math.abs((await widthOf(frame)) - pixels * scale)).toBeLessThanOrEqual(20 * scale);
    }
    await ann.page.mouse.up();
    await panel.getByText(`small, WebP, ${weightOf("small")}`).waitFor();
    await isShown("small");
    await panel.getByRole("radio", { name: "dense, 2x" }).check();
    await panel.getByText(`large, WebP, ${weightOf("large")}`).waitFor();
    await isShown("large");

    await panel.getByRole("combobox", { name: /^Your page shows it/ }).selectOption("quarter");
    await slider.press("End");
    await expect
      .poll(async () => Math.round((100 * (await widthOf(picture))) / (await widthOf(frame))))
      .toBe(25);
    await panel.getByRole("radio", { name: "usual, 1x" }).check();
    await isShown("small");
  });

  it.for(["desktop", "phone"] as const)(
    "is reached by the keyboard, and accessible, on a %s",
    async (name, { app, people }) => {
      const ann = await people.person({ device: DEVICES[name] });
      const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
      await ann.signIn(`/images/${imageId}`);
      await ann.button("Put it on your page").focus();
      await ann.page.keyboard.press("Enter");
      const panel = panelOf(ann);
      await panel.waitFor();
      expect(await accessibilityProblems(ann.page)).toEqual([]);
      await ann.tabTo(panel.getByRole("button", { name: "Make it public" }));
      await ann.page.keyboard.press("Enter");
      await ann.focused(panel.getByText("Public: everybody")).waitFor();
      const code = panel.getByRole("textbox", { name: "HTML of the photograph" });
      await code.waitFor();
      await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await ann.tabTo(panel.getByRole("button", { name: "Copy the HTML" }));
      await ann.page.keyboard.press("Enter");
      await ann.isAt(panel.getByRole("button", { name: "Copied the HTML" }));
      expect(await ann.page.evaluate("navigator.clipboard.readText()")).toBe(await code.inputValue());
      await ann.tabTo(panel.getByRole("slider"));
      for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft"]) await ann.page.keyboard.press(key);
      await panel.getByText("1290 px").waitFor();
      await ann.page.keyboard.press("End");
      await panel.getByText("1920 px").waitFor();
      await ann.isAt(panel.getByRole("slider"));
      expect(await ann.heading("Espresso").count()).toBe(1);
      expect(await accessibilityProblems(ann.page)).toEqual([]);
      const { width = 0, x = -1 } = (await panel.boundingBox()) ?? {};
      expect([x >= 0, x + width <= DEVICES[name].viewport.width]).toEqual([true, true]);
    },
  );
});
