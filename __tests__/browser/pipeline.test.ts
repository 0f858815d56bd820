import { afterEach, describe, expect } from "vitest";
import type { PipelineImage, PipelineImages } from "../../functions/api/contract-pipeline.ts";
import { sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { DEVICES, type WebApp } from "../fixtures/web-app.ts";

const it = inBrowser();
// One after the other: everybody sees everybody's images.
afterEach<{ app: WebApp }>(({ app }) => app?.engine.faults.clear());

const IMAGES = /\/api\/pipeline\/images(\?|$)/;

/** Originals of nobody that fail as soon as they are read. */
async function failing(app: WebApp, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    const target = { service: "s3", operation: "GetObject", key };
    app.engine.faults.add({ target, kind: "error500", times: Number.POSITIVE_INFINITY });
  }
  await Promise.all(keys.map((key) => app.pipeline.process(key, sample("rocket.jpg"))));
  app.engine.faults.clear();
}

/** Answers of the API that are made up, and change when they are told to. */
async function told(
  { page }: Person,
  images: Partial<PipelineImages>,
): Promise<(images: Partial<PipelineImages>) => void> {
  let now = images;
  const nothing = { underWay: [], failed: [], ended: [], isCut: false, waitMs: 100 };
  await page.route(IMAGES, (route) => route.fulfill({ json: { ...nothing, ...now } }));
  return (then) => {
    now = then;
  };
}

function underWay(number: number, step?: Partial<PipelineImage["step"]>): PipelineImage {
  const at = new Date().toISOString();
  return {
    imageId: number.toString(16).padStart(32, "0"),
    name: `${number}.jpg`,
    isYours: false,
    status: "PROCESSING",
    since: at,
    ...(step && { step: { name: "Resize", startedAt: at, retries: 0, ...step } }),
  };
}

const drawn = ({ page }: Person, name: string) => page.getByTitle(name, { exact: true });
const atState = ({ link }: Person, state: string) => link(new RegExp(`^${state} .*under way$`));

/** Her photograph is being resized, and she looks at the pipeline. @returns what lets it go on. */
async function resizingSeenBy(ann: Person, app: WebApp): Promise<() => void> {
  const letResize = app.holdResizing(ann);
  await ann.sendOne("rocket.jpg");
  await ann.step(ann.row("rocket"), "Resize", "running").waitFor();
  await ann.openAccount();
  await ann.link("Pipeline").click();
  return letResize;
}

describe("an image under way", () => {
  it("is drawn at its step, with its picture where it is one's own, and leaves when it is done", async ({
    app,
    people,
  }) => {
    const ann = await people.signedIn();
    const letResize = await resizingSeenBy(ann, app);
    await ann.focused(ann.heading("Pipeline")).waitFor();
    expect(await ann.text(ann.email).isVisible()).toBe(false);
    await atState(ann, "Resize").waitFor();
    await drawn(ann, "rocket.jpg").locator("img").waitFor();

    await drawn(ann, "rocket.jpg").click();
    await ann.heading("rocket.jpg").waitFor();
    await ann.link("Its page").waitFor();
    letResize();
    await ann.page.getByText("Succeeded", { exact: true }).waitFor();
    await ann.page.getByRole("heading", { level: 3, name: "RecordMetadata" }).waitFor();
    await ann.page.getByText("1 ended").waitFor();
    await drawn(ann, "rocket.jpg").waitFor({ state: "detached" });
  });

  it("says in a list that somebody points at what became of it", async ({ app, people }) => {
    const ann = await people.signedIn();
    const letResize = await resizingSeenBy(ann, app);
    await atState(ann, "Resize").click();
    const row = ann.link(/^rocket\.jpg/);
    await row.hover();
    letResize();
    await row.getByText("processed just now", { exact: true }).waitFor();
  });

  it("says so of somebody else's, too", async ({ app, people }) => {
    const bob = await people.signedIn();
    const ann = await people.signedIn();
    const letResize = app.holdResizing(bob);
    await bob.sendOne("rocket.jpg");
    await bob.step(bob.row("rocket"), "Resize", "running").waitFor();
    await ann.goTo("/pipeline?at=Resize");
    const row = ann.link(/^rocket\.jpg/);
    await row.hover();
    const asked = ann.page.waitForRequest(/\/pipeline\/images\?ended=[0-9a-f]{32}$/);
    letResize();
    await asked;
    await row.getByText("processed just now", { exact: true }).waitFor();
  });

  it("is told to be rejected where the file is at fault, and not to have failed", async ({ app, people }) => {
    await app.pipeline.process("notes.jpg", Buffer.from("%PDF-1.7 is what this is, whatever its name says"));
    const ann = await people.signedIn({ path: `/pipeline?image=${app.pipeline.imageIdOf("notes.jpg")}` });
    await ann.page.getByText("Rejected", { exact: true }).and(ann.page.locator(".badge")).waitFor();
  });

  it("counts down while it waits to be tried again", async ({ people }) => {
    const ann = await people.person();
    await told(ann, { underWay: [underWay(1, { error: "Oops", retries: 2 }), underWay(2, {})] });
    await ann.signIn("/pipeline");
    // States.ALL waits for two seconds, doubled twice.
    await atState(ann, "Resize")
      .getByText(/^1 again within [1-8]\u00a0s$/)
      .waitFor();
    await drawn(ann, "1.jpg, 3rd try").waitFor();
    await atState(ann, "Resize").waitFor();
    await atState(ann, "Resize").getByText("1 again any moment").waitFor();
  });
});

describe("images that have failed", () => {
  it("are piled where they broke, and processed again with one button, which says what became of it", async ({
    app,
    people,
  }) => {
    const keys = ["one.jpg", "two.jpg", "three.jpg"].map((name) => `pile/${name}`);
    await failing(app, ...keys);
    const ann = await people.signedIn({ path: "/pipeline" });
    await ann.page.locator(".pile").getByText("3 failed").click();
    await ann.focused(ann.heading("3 images failed at Validate")).waitFor();
    for (const name of ["one.jpg", "two.jpg", "three.jpg"]) await ann.link(new RegExp(`^${name}`)).waitFor();
    await ann.button("Process these 3 again").click();
    await ann.page.getByRole("status").getByText("3 images are processed again.").waitFor();
    await ann.heading("Nothing has failed any more at Validate").waitFor();
    await ann.page.locator(".pile").waitFor({ state: "detached" });
    for (const key of keys)
      await expect.poll(async () => (await app.pipeline.record(key))?.status).toBe("PROCESSED");
  });

  it("tell of their execution: attempts, errors, what went in and out", async ({ app, people }) => {
    await failing(app, "broken.jpg");
    const ann = await people.signedIn({ path: "/pipeline?failed=Validate" });
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const logUrl = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home";
    // On AWS, where there is a console.
    await ann.page.route("**/execution", async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      await route.fulfill({ response, body: text.replace(/"error":/, `"logUrl":"${logUrl}",$&`) });
    });
    await ann.link(/^broken\.jpg/).click();
    await ann.focused(ann.heading("broken.jpg")).waitFor();
    const validate = ann.page
      .getByRole("listitem")
      .filter({ has: ann.page.getByRole("heading", { name: "Validate" }) });
    await validate.getByText("InternalError", { exact: true }).waitFor();
    expect(await validate.getByText("The same", { exact: true }).count()).toBe(3);
    expect(await validate.getByRole("link", { name: "Its log lines" }).getAttribute("href")).toBe(logUrl);
    await ann.page.getByText("Input of Validate").click();
    await ann.page.getByText('"broken.jpg"').first().waitFor();
    await ann.button("Copy input of Validate").click();
    await ann.button("Copied input of Validate").waitFor();
    const copied = JSON.parse(await ann.page.evaluate("navigator.clipboard.readText()"));
    expect(copied.image.key).toBe("broken.jpg");
    // It leads back to the list, and the address to the image.
    expect(new URL(ann.page.url()).search).toBe(`?image=${app.pipeline.imageIdOf("broken.jpg")}`);
    await ann.link("Failed at Validate").click();
    await ann.focused(ann.heading("1 image failed at Validate")).waitFor();
    await ann.page.goBack();
    await ann.button("Process this one again").click();
    await ann.page.getByText("Succeeded", { exact: true }).waitFor();
  });

  it("lead there from their own page, for those who run the pipeline alone", async ({ app, people }) => {
    const ann = await people.person();
    const target = { service: "s3", operation: "GetObject", key: ann.folder };
    app.engine.faults.add({ target, kind: "error500", times: Number.POSITIVE_INFINITY });
    const imageId = await app.given(ann, file("coffee.png"), { name: "Espresso" });
    app.engine.faults.clear();
    await ann.signIn(`/images/${imageId}`);
    await ann.link("See its execution in the pipeline").click();
    await ann.heading("coffee.png").waitFor();
    await ann.button("Process this one again").waitFor();

    const me = (await (await app.api(ann, "/me")).json()) as object;
    await ann.page.route("**/api/me", (route) => route.fulfill({ json: { ...me, isOperator: false } }));
    const told = ann.page.waitForResponse("**/api/me");
    await ann.goTo(`/images/${imageId}`);
    await told;
    await ann.text("This photograph could not be processed.").waitFor();
    await ann.openAccount();
    await ann.text("Changes made today").waitFor();
    expect(await ann.link("See its execution in the pipeline").count()).toBe(0);
    // It would be in the lists that others look at.
    expect((await app.api(ann, `/images/${imageId}`, { method: "DELETE" })).status).toBe(204);
  });

  it("are where one aims at them while others come and go", async ({ people }) => {
    const ann = await people.person();
    const all = Array.from({ length: 6 }, (_, index) => underWay(index, {}));
    const tell = await told(ann, { underWay: all });
    await ann.signIn("/pipeline?at=Resize");
    const row = ann.link(/^4\.jpg/);
    await row.hover();
    const before = await row.boundingBox();
    tell({ underWay: [underWay(7, {}), ...all.slice(3)] });
    await ann.link(/^7\.jpg/).waitFor();
    expect(await ann.text("not here any more").count()).toBe(3);
    expect(await row.boundingBox()).toEqual(before);
    await ann.heading("4 images at Resize").hover();
    await expect.poll(() => ann.text("not here any more").count()).toBe(0);
  });
});

describe("the page", () => {
  it("is not loaded by whoever does not go there", async ({ people }) => {
    const ann = await people.person();
    const loaded: string[] = [];
    ann.page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await ann.signIn();
    await ann.text("No photographs yet").waitFor();
    expect(loaded.filter((path) => /\/assets\/(Pipeline|layout)|\/api\/pipeline/.test(path))).toEqual([]);
    await ann.goTo("/pipeline");
    await ann.page.getByRole("img", { name: /^The state machine\./ }).waitFor();
    expect(loaded.filter((path) => /\/assets\/layout/.test(path)).length).toBe(1);
  });

  it("asks for all images at once, as often as it is told, and not while nobody looks", async ({
    people,
  }) => {
    const ann = await people.person();
    const asked: string[] = [];
    await ann.page.clock.install();
    await told(ann, { underWay: [underWay(1), underWay(2, {})], waitMs: 50 });
    await ann.signIn("/pipeline");
    await atState(ann, "Resize").waitFor();
    ann.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const pipelineOnly = () => asked.filter((path) => path.startsWith("/api/pipeline"));
    await expect.poll(() => pipelineOnly().length).toBeGreaterThan(10);
    expect(new Set(pipelineOnly())).toEqual(new Set(["/api/pipeline/images"]));

    await ann.page.evaluate(HIDE);
    const before = pipelineOnly().length;
    await ann.page.clock.runFor(10_000);
    expect(pipelineOnly().length).toBe(before);
    await ann.page.evaluate(SHOW);
    await expect.poll(() => pipelineOnly().length).toBeGreaterThan(before);

    await ann.context.setOffline(true);
    await ann.text("You are offline.").waitFor();
    const offline = pipelineOnly().length;
    await ann.page.clock.runFor(10_000);
    expect(pipelineOnly().length).toBe(offline);
    await ann.context.setOffline(false);
    await expect.poll(() => pipelineOnly().length).toBeGreaterThan(offline);
  });

  it("leads with a keyboard to everything that the drawing leads to", async ({ app, people }) => {
    await failing(app, "keyboard.jpg");
    const ann = await people.signedIn({ path: "/pipeline" });
    await ann.link(/^Validate .*failed$/).focus();
    await ann.page.keyboard.press("Enter");
    await ann.focused(ann.heading("1 image failed at Validate")).waitFor();
    await ann.page.keyboard.press("Tab");
    await ann.focused(ann.button("Process this one again")).waitFor();
    await ann.page.keyboard.press("Tab");
    await ann.focused(ann.link(/^keyboard\.jpg/)).waitFor();
    await ann.page.keyboard.press("Enter");
    await ann.focused(ann.heading("keyboard.jpg")).waitFor();
    await ann.link("Failed at Validate").focus();
    await ann.page.keyboard.press("Enter");
    await ann.button("Process this one again").press("Enter");
    await ann.page.getByRole("status").getByText("1 image is processed again.").waitFor();
  });

  it("leads down on a phone to what was chosen in the drawing", async ({ people }) => {
    const ann = await people.person({ device: DEVICES.phone });
    await told(ann, { underWay: [underWay(1, {})] });
    await ann.signIn("/pipeline");
    const machine = ann.page.getByRole("img", { name: /^The state machine\./ });
    const { width = 0, height = 0 } = (await machine.boundingBox()) ?? {};
    expect(height).toBeGreaterThan(width);
    await ann.page.route("**/execution", (route) => route.fulfill({ status: 404, json: {} }));
    ann.troubles.expect(/refused: GET .*\/execution 404/);
    await drawn(ann, "1.jpg").tap();
    const heading = ann.heading("1.jpg");
    await ann.focused(heading).waitFor();
    await ann.text("Step Functions does not know its execution any more.").waitFor();
    await expect.poll(async () => (await heading.boundingBox())?.y).toBeLessThan(844);
  });

  it("can be drawn in colours of one's own", async ({ people }) => {
    const ann = await people.person({ device: { ...DEVICES.desktop, forcedColors: "active" } });
    await told(ann, { underWay: [underWay(1, {})] });
    await ann.signIn("/pipeline");
    await drawn(ann, "1.jpg").waitFor();
    const [text, back, disc] = (await ann.page.evaluate(`[
      getComputedStyle(document.querySelector(".state text")).fill,
      getComputedStyle(document.querySelector(".state rect")).fill,
      getComputedStyle(document.querySelector(".moving-tile .pipeline-tile")).backgroundColor,
    ]`)) as string[];
    expect(text).not.toBe(back);
    expect(disc).toContain("oklch");
  });
});

const HIDE = `Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));`;
const SHOW = `delete document.visibilityState;
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));`;
