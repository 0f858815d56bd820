/** `npm run screenshots`: pictures of the web app. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PageScreenshotOptions } from "playwright-core";
import sharp from "sharp";
import { file, type Person } from "../../__tests__/fixtures/person.ts";
import { settled } from "../../__tests__/fixtures/settled.ts";
import { visitAll } from "../../__tests__/fixtures/states/index.ts";
import useTemporaryFolder from "../../__tests__/fixtures/temporary-folder.ts";
import { DEVICES, WebApp } from "../../__tests__/fixtures/web-app.ts";
import { script } from "../script.ts";

/** Oldest first. */
const PHOTOGRAPHS: [file: string, texts: { name: string; caption: string }][] = [
  ["chelsea.png", { name: "Chelsea", caption: "Has heard something" }],
  ["coffee.png", { name: "Flat white", caption: "Pikolo Espresso Bar" }],
  [
    "astronaut.png",
    { name: "Eileen Collins", caption: "Astronaut, and the first woman to command a Space Shuttle" },
  ],
  ["hubble_deep_field.jpg", { name: "Hubble deep field", caption: "Nearly every speck is a galaxy" }],
];

const { all } = script("screenshots", "Takes the pictures of the README anew.")
  .option(
    "--all <folder>",
    "instead, every state of the web app, desktop and phone, light and dark, to be looked at",
  )
  .parse()
  .opts<{ all?: string }>();
const removeTemporaryFolder = useTemporaryFolder();
const app = await WebApp.start();
try {
  if (all === undefined) await takeForReadme();
  else await takeAll(all);
} finally {
  await app.stop();
  removeTemporaryFolder();
}

async function takeForReadme(): Promise<void> {
  await takeGallery();
  await takePipeline();
}

async function takeGallery(): Promise<void> {
  const device = { ...DEVICES.desktop, deviceScaleFactor: 2 };
  const person = await app.person({ email: "desktop@example.org", device });
  for (const [name, texts] of PHOTOGRAPHS) await app.given(person, file(name), texts);
  await person.signIn();
  await person.text("That is all: 4 photographs").waitFor();
  const letResize = app.holdResizing(person);
  await person.choose(file("rocket.jpg"));
  await person.describe("Lift-off", "A Falcon 9, a moment after its engines were lit");
  await person.send(1);
  await person.step(person.row("Lift-off"), "Resize", "running").waitFor();
  // Without the room for a scroll bar, which pictures do not have.
  const clip = { x: 0, y: 0, width: 1265, height: 900 };
  await write(await screenshot(person, "light", { clip }), "gallery.webp", 1600);
  letResize();

  // Where a pixel of the picture is one of the screen, it is seen as a whole.
  const viewer = await app.person({ email: "desktop@example.org", device: DEVICES.desktop });
  await viewer.signIn();
  await viewer.open("Hubble deep field");
  await viewer.button("Compare").click();
  await viewer.page.getByRole("slider").waitFor();
  await write(await screenshot(viewer, "light", {}), "proof.webp", 1280);

  const phone = await app.person({ email: "desktop@example.org", device: DEVICES.phone });
  await phone.signIn();
  await phone.open("Hubble deep field");
  await phone.button("Copy link to large, WebP").waitFor();
  await phone.seePicture("Hubble deep field");
  await write(await screenshot(phone, "dark", {}), "image-phone.webp", 780);
}

/** With images in each state, and some that have failed. */
async function takePipeline(): Promise<void> {
  const { faults } = app.engine;
  const device = { ...DEVICES.desktop, deviceScaleFactor: 2 };
  const person = await app.person({ email: "operator@example.org", device });
  const target = { service: "lambda", function: "watermark" } as const;
  faults.add({ target, kind: "service-exception", times: Number.POSITIVE_INFINITY });
  for (const name of ["coffee-display-p3.jpg", "chelsea.png"]) await app.given(person, file(name));
  faults.clear();

  const { promise, resolve } = Promise.withResolvers<void>();
  const hold = (operation: string, key: string, after = 0) => {
    const held = { target: { service: "s3", operation, key }, kind: "slow" } as const;
    if (after > 0) faults.add({ ...held, times: after, delayMs: 0 });
    faults.add({ ...held, times: Number.POSITIVE_INFINITY, until: promise });
  };
  const given = new Map<string, string>();
  for (const name of ["astronaut.png", "rocket.jpg", "hubble_deep_field.jpg", "coffee.png"])
    given.set(name, await app.given(person, file(name)));
  hold("GetObject", "astronaut.png");
  // Before it is resized, it is read once: to be validated.
  hold("GetObject", "rocket.jpg", 1);
  hold("GetObject", "hubble_deep_field.jpg", 1);
  hold("PutObject", `${app.pipeline.names.processed}/files`);
  for (const imageId of given.values())
    await app.api(person, `/images/${imageId}/reprocess`, { method: "POST" });
  await person.signIn();
  // What the gallery has shown is shown here as well.
  await person.tile("hubble_deep_field").waitFor();
  await person.button("Account").click();
  await person.link("Pipeline").click();
  for (const state of ["Validate", "Resize", "Watermark"])
    await person.link(new RegExp(`^${state} .*under way$`)).waitFor();
  await person.link(/^Watermark .*failed$/).click();
  await person.heading("2 images failed at Watermark").waitFor();
  const clip = { x: 0, y: 0, width: 1265, height: 760 };
  await write(await screenshot(person, "light", { clip }), "pipeline.webp", 1600);
  resolve();
  faults.clear();
}

async function takeAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const device of ["desktop", "phone"] as const) {
    const person = await app.person({ device: DEVICES[device] });
    let number = 0;
    const take = async (state: string) => {
      number += 1;
      for (const scheme of ["light", "dark"] as const) {
        const name = `${String(number).padStart(2, "0")} ${state.replaceAll(/\W+/g, "-")} ${device} ${scheme}.png`;
        // What lies over the page lies over the part of it that is seen.
        const isCovered = await person.page.getByRole("dialog").isVisible();
        await writeFile(join(folder, name), await screenshot(person, scheme, { fullPage: !isCovered }));
      }
    };
    await visitAll(app, person, take);
    await person.context.close();
  }
}

async function screenshot(
  { page }: Person,
  colorScheme: "light" | "dark",
  options: PageScreenshotOptions,
): Promise<Buffer> {
  await page.emulateMedia({ colorScheme });
  await settled(page);
  return page.screenshot(options);
}

async function write(picture: Buffer, name: string, width: number): Promise<void> {
  const { size } = await sharp(picture)
    .resize(width)
    .webp({ quality: 82, effort: 6 })
    .toFile(new URL(`../../docs/images/${name}`, import.meta.url).pathname);
  console.log(`docs/images/${name}: ${Math.round(size / 1000)} kB`);
}
