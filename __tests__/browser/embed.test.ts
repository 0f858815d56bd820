/** A page of somebody's own that shows a public picture, in a real browser. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished } from "vitest";
import { sample } from "../fixtures/images.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import type { Person } from "../fixtures/person.ts";
import { DEVICES, type WebApp } from "../fixtures/web-app.ts";

const it = inBrowser();

/** A photograph of hers that everybody may see. @returns the address of a page with its HTML, as the API gives it. */
async function pageWith(app: WebApp, ann: Person): Promise<string> {
  const photograph = { name: "hubble.jpg", mimeType: "image/jpeg", buffer: sample("hubble_deep_field.jpg") };
  const imageId = await app.given(ann, photograph, { caption: 'Stars, "deep" & far' });
  await app.api(ann, `/images/${imageId}/publish`, { method: "POST" });
  const answer = await app.api(ann, `/images/${imageId}/embed?sizes=100vw`);
  const { html } = (await answer.json()) as { html: string };
  const text = `<!doctype html><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">${html}`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(text));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("a public picture on a page", () => {
  it.for([
    ["a phone", { ...DEVICES.phone, viewport: { width: 160, height: 300 } }, "small.webp"],
    ["a desktop", { viewport: { width: 900, height: 700 } }, "large.webp"],
  ] as const)("is the file that suits %s, and asked for once", async ([, device, file], { app, people }) => {
    const ann = await people.person();
    const address = await pageWith(app, ann);
    const { page } = await people.person({ device });
    const asked: { file: string; cacheControl: string | undefined; isKept: boolean }[] = [];
    const browser = await page.context().newCDPSession(page);
    await browser.send("Network.enable");
    const kept = new Set<string>();
    browser.on("Network.requestServedFromCache", ({ requestId }) => kept.add(requestId));
    browser.on("Network.responseReceived", ({ requestId, response: { url, headers, fromDiskCache } }) => {
      if (!url.includes("/public/")) return;
      asked.push({
        file: url.split("/").at(-1) ?? "",
        cacheControl: headers["cache-control"] ?? headers["Cache-Control"],
        isKept: fromDiskCache === true || kept.has(requestId),
      });
    });
    const picture = page.getByRole("img", { name: 'Stars, "deep" & far' });
    const isShown = () => picture.evaluate((img) => "naturalWidth" in img && Number(img.naturalWidth) > 0);
    await page.goto(address);
    await expect.poll(isShown).toBe(true);
    const cacheControl = "public, max-age=31536000, immutable";
    expect(asked).toEqual([{ file, cacheControl, isKept: false }]);

    // Again, from what the browser has.
    await page.reload();
    await expect.poll(isShown).toBe(true);
    expect(asked.filter(({ isKept }) => !isKept)).toHaveLength(1);
  });

  it("is blurred, in its place, until it has come", async ({ app, people }) => {
    const ann = await people.person();
    const address = await pageWith(app, ann);
    const { page } = await people.person();
    const { promise: come, resolve: letIn } = Promise.withResolvers<void>();
    await page.route("**/public/**", async (route) => {
      await come;
      await route.continue();
    });
    await page.goto(address, { waitUntil: "commit" });
    const picture = page.getByRole("img");
    const box = await picture.boundingBox();
    expect((box?.width ?? 0) / (box?.height ?? 1)).toBeCloseTo(1000 / 872, 1);
    expect(await picture.getAttribute("style")).toMatch(
      /background:#[0-9a-f]{6} url\(data:image\/png;base64,/,
    );
    letIn();
    const width = () => picture.evaluate((img) => ("naturalWidth" in img ? Number(img.naturalWidth) : 0));
    await expect.poll(width).toBeGreaterThan(0);
    // Nothing moved when it came.
    expect(await picture.boundingBox()).toEqual(box);
  });
});
