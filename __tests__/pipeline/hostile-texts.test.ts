import { describe, expect } from "vitest";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "hostile@example.org");
});

/** Ends a header, a quoted value, an attribute and a line of a log, and begins one of its own. */
const HOSTILE =
  'x"; filename="evil.html"\r\nX-Evil: 1\r\n\r\n<script>alert(1)</script>{"level":"ERROR"}\u2028\u202e\\x';

describe("a hostile name and caption", () => {
  it("are text in the API's JSON, in the name to save under, in HTML and in logs", async () => {
    const { imageId, uploadUrl, headers, filePath } = await announce(ann, red, {
      fileName: "a.png",
      contentType: "image/png",
      name: HOSTILE,
      caption: HOSTILE,
    });
    expect((await put(uploadUrl, red, headers)).status).toBe(200);
    const image = await ann.done(imageId);
    expect(image).toMatchObject({ status: "PROCESSED", name: HOSTILE, caption: HOSTILE });

    const { body: download } = await ann.call("GET", `/images/${imageId}/download/small.jpeg`, {
      headers: { accept: "application/json" },
    });
    for (const url of [download.url, image.original.url]) {
      const saved = await fetch(url);
      expect(saved.status).toBe(200);
      expect(saved.headers.get("x-evil")).toBeNull();
      expect(saved.headers.get("content-disposition")).toMatch(
        /^attachment; filename="x_[^"\\]*"; filename\*=UTF-8''x%22%3B(?:(?!%0D|%0A|%2F|%5C|%E2%80%AE)[\w%.~-])*$/,
      );
    }

    await ann.call("POST", `/images/${imageId}/publish`);
    const { html } = (await ann.get(`/images/${imageId}/embed`)).body;
    expect(html).not.toContain("<script");
    expect(html).toContain("x&quot;; filename=&quot;evil.html&quot;");

    // What is no line of its own is no JSON, and `logsOf` throws.
    const lines = pipeline.logsOf(filePath);
    expect(lines.length).toBeGreaterThan(4);
    for (const { level } of lines) expect(level).toBe("INFO");
  });
});

describe("a file that is no image", () => {
  it("is rejected, and saved from S3 as bytes of no type that a browser would show", async () => {
    const page = Buffer.from("<!doctype html><script>alert(document.domain)</script>");
    const { imageId, uploadUrl, headers } = await announce(ann, page, { contentType: "image/png" });
    await put(uploadUrl, page, headers);
    const { status, variants, original } = await ann.done(imageId);
    expect([status, variants]).toEqual(["REJECTED", []]);
    const saved = await fetch(original.url);
    expect(saved.headers.get("content-type")).toBe("application/octet-stream");
    expect(saved.headers.get("content-disposition")).toMatch(/^attachment; /);
    expect(new URL(original.url).origin).not.toBe(new URL(pipeline.engine.siteUrl ?? "").origin);
    expect(await saved.text()).toBe(page.toString());
  });
});
