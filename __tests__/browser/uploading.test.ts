import { afterEach, describe, expect } from "vitest";
import { pngWithBrokenChunk, sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import type { WebApp } from "../fixtures/web-app.ts";

const PDF = Buffer.from("%PDF-1.7 is what this is, whatever its name says");
const MARKUP = "<img src=x onerror=alert(1)>";

const it = inBrowser({ IMAGE_PIPELINE_LIMITS: '{"maxBytes": 1000000}' });

/**
 * Keeps all files from arriving. It has begun when so many are announced, and that has been answered: of others, a page that is left
 * does not know yet what they are called.
 */
function holdSending({ page }: Person, count: number): { isBegun: Promise<void>; end(): Promise<void> } {
  const { promise: isBegun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  const isSent = ({ pathname }: URL) => pathname.includes("/users/");
  let begun = 0;
  const ready = page.route(isSent, async (route) => {
    begun += 1;
    if (begun === count) begin();
    await isOver;
    await route.abort().catch(() => undefined);
  });
  return {
    isBegun: ready.then(() => isBegun),
    async end() {
      await page.unroute(isSent);
      end();
    },
  };
}

describe.concurrent("uploading", () => {
  it("three photographs at once are named after their files, watched, and ready", async ({ people }) => {
    const ann = await people.signedIn();
    const asked: string[] = [];
    ann.page.on("request", (request) => asked.push(request.url()));
    await ann.choose(
      file("rocket.jpg"),
      file("coffee.png"),
      file("Chelsea sleeps.PNG", sample("chelsea.png")),
    );
    await ann.text("3 photographs to send").waitFor();
    await ann.send(3);
    for (const name of ["rocket", "coffee", "Chelsea sleeps"]) await ann.seeEnd(name);
    await ann.heading("Drop photographs here").waitFor();
    await ann.text("That is all: 3 photographs").waitFor();
    // One kind of request tells of all; nobody asks for a list again, for one image, or for a history.
    const paths = asked.flatMap(
      (url) => /\/api(\/images[^?]*)(\?imageIds)?/.exec(url)?.slice(1, 3).join("") ?? [],
    );
    expect(new Set(paths)).toEqual(new Set(["/images/changes", "/images?imageIds"]));
    expect(await ann.filter("Processed").textContent()).toBe("Processed3");
    expect(await ann.tiles.count()).toBe(3);
    await ann.open("rocket");
    const steps = ann.page.getByRole("region", { name: "Steps" });
    for (const step of ["Validate", "Resize", "Watermark", "Record"])
      await ann.step(steps, step, "done").waitFor();
  });

  it("a name and a caption go with a photograph", async ({ people }) => {
    const ann = await people.signedIn();
    await ann.choose(file("hubble_deep_field.jpg"));
    await ann.describe("Deep field", "Ten thousand galaxies.\nEach of them old.");
    await ann.send(1);
    await ann.seeEnd("Deep field");
    await ann.open("Deep field");
    await ann.text("Ten thousand galaxies.").waitFor();
    await ann.seePicture("Deep field");
  });

  it("markup in a file's name, in a name and in a caption is text, wherever it is shown", async ({
    people,
  }) => {
    const ann = await people.signedIn();
    await ann.choose(file(`${MARKUP}.jpg`, sample("rocket.jpg")));
    await ann.page.getByRole("textbox", { name: "Caption" }).fill(`${MARKUP} too`);
    await ann.send(1);
    await ann.seeEnd(MARKUP);
    await ann.open(MARKUP);
    await ann.text(`${MARKUP} too`).waitFor();
    await ann.button("Delete").click();
    await ann.text(`“${MARKUP}” is deleted.`).waitFor();
    expect(await ann.page.locator('[src="x"], [onerror]').count()).toBe(0);
  });

  it("a file that is no image is rejected with its reason, and can be thrown away at once", async ({
    people,
  }) => {
    const reason = "This is a PDF document, whatever its name says.";
    const ann = await people.signedIn();
    await ann.choose(file("notes.jpg", PDF), file("damaged.png", await pngWithBrokenChunk()));
    await ann.send(2);
    await ann.seeEnd("notes.jpg", "Rejected");
    await ann.seeEnd("damaged.png", "Rejected");
    await ann.row("notes.jpg").getByText(reason).waitFor();
    await ann.row("damaged.png").getByText("The file is damaged or incomplete").waitFor();
    await ann.button("Delete notes.jpg").click();
    await ann.focused(ann.tile("damaged.png")).waitFor();
    await ann.filter("Rejected").click();
    await ann.open("damaged.png");
    await ann.text("Nothing was made of it: you can delete it, and send another.").waitFor();
    const steps = ann.page.getByRole("region", { name: "Steps" });
    await ann.step(steps, "Resize", "failed").waitFor();
    await ann.step(steps, "Watermark", "not run").waitFor();
  });

  it("what cannot be sent is said before anything is sent", async ({ people }) => {
    const ann = await people.signedIn();
    const announced: string[] = [];
    ann.page.on("request", (request) => announced.push(request.url()));
    await ann.choose(file("notes.pdf", PDF));
    await ann
      .text("“notes.pdf” is no image that can be sent: only JPEG, PNG, WebP, AVIF, GIF, TIFF and HEIC are.")
      .waitFor();
    await ann.button("Dismiss").click();
    await ann.choose(file("large.jpg", Buffer.alloc(1_000_001)));
    await ann.text("“large.jpg” is too large: files may have up to 977 KB.").waitFor();
    await ann.button("Dismiss").click();
    await ann.choose(file("empty.jpg", Buffer.alloc(0)));
    await ann.text("“empty.jpg” is empty.").waitFor();
    expect(announced.filter((url) => url.endsWith("/api/uploads"))).toEqual([]);
  });

  it("what cannot be sent is said once, by its name, beside what can", async ({ people }) => {
    const ann = await people.signedIn();
    await ann.choose(file("rocket.jpg"), file("coffee.png"), file("empty.jpg", Buffer.alloc(0)));
    await ann.text("2 photographs to send").waitFor();
    const said = ann.page.getByText("“empty.jpg” is empty.");
    await said.waitFor();
    expect(await said.count()).toBe(1);
    await ann.choose(file("notes.pdf", PDF));
    await ann.text("“notes.pdf” is no image").waitFor();
  });

  it("what was cut off by loading the page anew leaves nothing behind, and can be chosen again", async ({
    people,
  }) => {
    const ann = await people.signedIn();
    ann.page.on("dialog", (dialog) => dialog.accept());
    const asked = ann.page.waitForEvent("dialog");
    const cutOff = holdSending(ann, 2);
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.send(2);
    await cutOff.isBegun;
    await ann.page.reload();
    expect((await asked).type()).toBe("beforeunload");
    await ann.text("These were not sent, because the page was left").waitFor();
    for (const name of ["rocket.jpg", "coffee.png"]) await ann.text(name).waitFor();
    await ann.text("No photographs yet").waitFor();
    await cutOff.end();
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.text("These were not sent").waitFor({ state: "detached" });
    await ann.send(2);
    await ann.tile("rocket").locator("picture").waitFor();
    await ann.tile("coffee").locator("picture").waitFor();
    await ann.page.reload();
    await ann.text("That is all: 2 photographs").waitFor();
    expect(await ann.text("These were not sent").count()).toBe(0);
  });

  it("a photograph can be downloaded while others are sent, which goes on", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Downloaded meanwhile" });
    await ann.signIn();
    const sending = holdSending(ann, 1);
    await ann.sendOne("rocket.jpg");
    await sending.isBegun;
    const asked: string[] = [];
    ann.page.on("dialog", (dialog) => {
      asked.push(dialog.type());
      dialog.accept();
    });
    await ann.open("Downloaded meanwhile");
    const { name } = await ann.saved(() =>
      ann
        .button(/^Download/)
        .first()
        .click(),
    );
    expect(name).toBe("Downloaded meanwhile-large.jpeg");
    expect(asked).toEqual([]);
    await sending.end();
    await ann.link("All photographs").click();
    await ann.seeEnd("rocket");
  });

  it("what a browser ends by itself while it is sent is sent again", async ({ people }) => {
    const ann = await people.person();
    // As Firefox does when a link is followed that leads to a file which is saved.
    await ann.page.addInitScript(`{
      const { send } = XMLHttpRequest.prototype;
      XMLHttpRequest.prototype.send = function (body) {
        send.call(this, body);
        XMLHttpRequest.prototype.send = send;
        this.abort();
      };
    }`);
    await ann.signIn();
    await ann.sendOne("rocket.jpg");
    await ann.seeEnd("rocket");
  });

  it("what was cancelled while it was sent leaves nothing behind", async ({ people }) => {
    const ann = await people.signedIn();
    const cutOff = holdSending(ann, 2);
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.send(2);
    await cutOff.isBegun;
    const taken = ann.page.waitForResponse((answer) => answer.request().method() === "DELETE");
    await ann.button("Cancel").click();
    await taken;
    await ann.button("Choose photographs").waitFor();
    await cutOff.end();
    await ann.page.reload();
    await ann.text("No photographs yet").waitFor();
    expect(await ann.page.getByText("Waiting", { exact: true }).count()).toBe(0);
  });

  it("files that are dropped on a photograph's page are taken to where they are named", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("rocket.jpg"));
    await ann.signIn(`/images/${imageId}`);
    const files = await ann.page.evaluateHandle(
      "(() => { const files = new DataTransfer(); files.items.add(new File(['x'], 'from the desk.jpg', { type: 'image/jpeg' })); return files; })()",
    );
    // It is seen for a moment only: whoever looks afterwards may come too late.
    const told = ann.text("Drop to add them").waitFor();
    await ann.page.getByRole("main").dispatchEvent("dragover", { dataTransfer: files });
    await told;
    await ann.page.getByRole("main").dispatchEvent("drop", { dataTransfer: files });
    await ann.heading("Gallery").waitFor();
    expect(await ann.page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("from the desk");
  });

  it("a page that is loaded anew goes on showing what is on its way", async ({ app, people }) => {
    const ann = await people.signedIn();
    const letResize = app.holdResizing(ann);
    await ann.sendOne("rocket.jpg");
    await ann.step(ann.row("rocket"), "Resize", "running").waitFor();
    await ann.page.reload();
    await ann.row("rocket").getByText("Processing", { exact: true }).waitFor();
    letResize();
    await ann.seeEnd("rocket");
    await ann.tile("rocket").waitFor();
  });
});

describe("a pipeline in trouble", () => {
  afterEach<{ app: WebApp }>(({ app }) => app.engine.faults.clear());

  it("steps that are tried again are seen to be", async ({ app, people }) => {
    const ann = await people.signedIn();
    app.engine.faults.add({ target: { service: "lambda", function: "resize" }, kind: "throttle", times: 2 });
    const letResize = app.holdResizing(ann);
    await ann.sendOne("rocket.jpg");
    await ann.step(ann.row("rocket"), "Resize", "running").getByText("2 retries").waitFor();
    letResize();
    await ann.seeEnd("rocket");
    await ann.open("rocket");
    const steps = ann.page.getByRole("region", { name: "Steps" });
    await ann.step(steps, "Resize", "done").getByText("2 retries").waitFor();
  });

  it("a photograph that we fail with says what to do, and doing it helps", async ({ app, people }) => {
    const ann = await people.signedIn();
    app.engine.faults.add({
      target: { service: "lambda", function: "resize" },
      kind: "throttle",
      times: 999,
    });
    await ann.sendOne("rocket.jpg");
    await ann.seeEnd("rocket", "Failed");
    await ann.button("Delete rocket").waitFor();
    await ann.button("Process rocket again").click();
    await ann.text("“rocket” is processed again.").waitFor();
    await ann.seeEnd("rocket", "Failed");
    await ann.filter("Failed").click();
    await ann.open("rocket");
    await ann.text("This photograph could not be processed.").waitFor();
    await ann.text("Process the image again later; nothing is lost.").waitFor();
    app.engine.faults.clear();
    await ann.button("Process again").click();
    await ann.text("“rocket” is ready.").waitFor();
    await ann.page.getByRole("img", { name: "rocket" }).waitFor();
    await ann.button(/^Download JPEG/).waitFor();
  });
});
