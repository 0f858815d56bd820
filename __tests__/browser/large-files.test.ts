import { ListPartsCommand } from "@aws-sdk/client-s3";
import type { Request } from "playwright-core";
import { describe, expect } from "vitest";
import { noise } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";

const PART_BYTES = 5 * 1024 * 1024;

const it = inBrowser();

/** Of three parts. */
const largeFile = async () => file("noise.png", await noise(2200, 2100));

/** Of an upload in parts: "PUT 2"; "POST" begins it, and "POST end" ends it. */
function nameOf(request: Request): string {
  const { searchParams: query } = new URL(request.url());
  const what = query.get("partNumber") ?? (query.has("uploadId") ? "end" : "");
  return `${request.method()} ${what}`.trim();
}

const isOfFile = ({ pathname }: URL) => pathname.includes("/users/");

/** Sees what is sent to S3. */
function requestsOf({ page }: Person): string[] {
  const names: string[] = [];
  page.on("response", (answer) => {
    const isPreflight = answer.request().method() === "OPTIONS";
    if (isOfFile(new URL(answer.url())) && !isPreflight) names.push(nameOf(answer.request()));
  });
  return names;
}

const answered = ({ page }: Person, name: string) =>
  page.waitForResponse((answer) => isOfFile(new URL(answer.url())) && nameOf(answer.request()) === name);

describe.concurrent("a large file", () => {
  it("goes on where it was when the network was away", async ({ people }) => {
    const ann = await people.signedIn();
    const requests = requestsOf(ann);
    ann.troubles.expect(/not answered: PUT .*ERR_INTERNET_DISCONNECTED/);
    const firstHasCome = answered(ann, "PUT 1");
    await ann.page.route(isOfFile, async (route) => {
      if (!/PUT [23]/.test(nameOf(route.request()))) return route.fallback();
      await firstHasCome;
      await ann.context.setOffline(true);
      await route.abort("internetdisconnected");
    });
    const photograph = await largeFile();
    await ann.choose(photograph);
    await ann.send(1);
    await ann.page.getByRole("status").getByText("You are offline.").waitFor();
    await ann.text("waits to be sent").waitFor();
    expect(requests).toEqual(["POST", "PUT 1"]);
    await ann.page.unroute(isOfFile);
    await ann.page.evaluate(NOTE_PROGRESS);
    await ann.context.setOffline(false);
    await ann.seeEnd("noise");
    expect(requests.toSorted()).toEqual(["GET end", "POST", "POST end", "PUT 1", "PUT 2", "PUT 3"]);
    const seen = (await ann.page.evaluate("progressSeen")) as number[];
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(PART_BYTES / photograph.buffer.length);
    expect(Math.min(...seen)).toBeLessThan(1);
  });

  it("is one photograph where the answer to its last request is lost", async ({ people }) => {
    const ann = await people.signedIn();
    const requests = requestsOf(ann);
    ann.troubles.expect(/not answered: POST .*ERR_CONNECTION_RESET/);
    let isLost = false;
    await ann.page.route(isOfFile, async (route) => {
      if (isLost || nameOf(route.request()) !== "POST end") return route.fallback();
      isLost = true;
      expect((await route.fetch()).status()).toBe(200);
      await route.abort("connectionreset");
    });
    await ann.choose(await largeFile());
    await ann.send(1);
    await ann.seeEnd("noise");
    await ann.text("That is the only one").waitFor();
    expect(requests.toSorted()).toEqual(["POST", "POST end", "PUT 1", "PUT 2", "PUT 3"]);
  });

  it.for(["cancelled", "left"])("that is %s halfway leaves nothing behind", async (how, { app, people }) => {
    const ann = await people.signedIn();
    ann.page.on("dialog", (dialog) => dialog.accept());
    const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
    const first = answered(ann, "PUT 1");
    const ended = answered(ann, "DELETE end");
    const second = ann.page.waitForRequest((request) => nameOf(request) === "PUT 2");
    await ann.page.route(isOfFile, async (route) => {
      if (!/PUT [23]/.test(nameOf(route.request()))) return route.fallback();
      await isOver;
      await route.abort().catch(() => undefined);
    });
    await ann.choose(await largeFile());
    await ann.send(1);
    const [sent] = await Promise.all([first, second]);
    if (how === "cancelled") await ann.button("Cancel").click();
    else await ann.page.reload();
    expect((await ended).status()).toBe(204);
    await ann.text("No photographs yet").waitFor();
    end();
    const { pathname, searchParams } = new URL(sent.url());
    const upload = new ListPartsCommand({
      Bucket: app.pipeline.names.original,
      Key: /users\/.*/.exec(decodeURIComponent(pathname))?.[0],
      UploadId: searchParams.get("uploadId") ?? "",
    });
    await expect(app.pipeline.clients.s3.send(upload)).rejects.toThrow("The specified upload does not exist");
  });
});

/** Wherever it is told how far a file is. */
const NOTE_PROGRESS = `
  globalThis.progressSeen = [];
  new MutationObserver(() => {
    for (const { value } of document.querySelectorAll("progress.sent-part")) progressSeen.push(value);
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["value"] });`;
