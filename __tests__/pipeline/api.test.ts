import sharp from "sharp";
import { afterEach, describe, expect } from "vitest";
import { type RouteContract, routes } from "../../functions/api/contract.ts";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { anew, red, sample, truncatedJpeg } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
let bob: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  [ann, bob] = await Promise.all([
    apiClientOf(pipeline, "ann@example.org"),
    apiClientOf(pipeline, "bob@example.org"),
  ]);
});
afterEach(() => pipeline.engine.faults.clear());

async function processed(client: ApiClient): Promise<string> {
  const { body } = await client.call("POST", "/images", {
    body: new Uint8Array(red),
    headers: { "content-type": "image/png" },
  });
  await client.done(body.imageId);
  return body.imageId;
}

describe("an announced upload", () => {
  const photograph = sample("rocket.jpg");

  it("is pending until the file is sent, and then processed, under the name it was given", async () => {
    const ticket = await announce(ann, photograph, { name: "Lift-off 🚀", caption: "<b>now</b>" });
    expect(ticket).toMatchObject({
      imageId: expect.stringMatching(/^[0-9a-f]{32}$/),
      headers: { "content-type": "image/jpeg" },
    });
    expect(ticket.filePath).toMatch(/^users\/[0-9a-f-]{36}\/[0-9a-f-]{36}\/rocket\.jpg$/);
    expect(Date.parse(ticket.expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60 * 1000);
    expect((await ann.get(`/images/${ticket.imageId}`)).body).toMatchObject({
      status: "PENDING",
      name: "Lift-off 🚀",
      variants: [],
    });

    expect((await put(ticket.uploadUrl, photograph, ticket.headers)).status).toBe(200);
    const image = await ann.done(ticket.imageId);
    expect(image).toMatchObject({
      status: "PROCESSED",
      name: "Lift-off 🚀",
      caption: "<b>now</b>",
      original: { format: "jpeg", width: 640, height: 427, bytes: photograph.length },
    });
    expect(image.variants).toHaveLength(8);
    for (const { url, width, bytes } of image.variants.slice(0, 2)) {
      const file = Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(file.length).toBe(bytes);
      expect((await sharp(file).metadata()).width).toBe(width);
    }
    expect(new URL(image.original.url).searchParams.get("X-Amz-Expires")).toBe("900");
    const original = await fetch(image.original.url);
    expect(original.headers.get("content-disposition")).toMatch(/^attachment; filename="Lift-off __?\.jpg"/);
    expect(original.headers.get("content-type")).toBe("application/octet-stream");
    expect(Buffer.from(await original.arrayBuffer()).equals(photograph)).toBe(true);
  });

  it("is known to programs of before by another name", async () => {
    const json = { fileName: "rocket.jpg", contentType: "image/jpeg", bytes: photograph.length };
    const { status, body } = await ann.call("POST", "/generate-upload-url", { json });
    expect([status, body.upload_url, body.file_path]).toEqual([201, body.uploadUrl, body.filePath]);
    expect((await put(body.upload_url, photograph, { "content-type": "image/jpeg" })).status).toBe(200);
    expect(await ann.done(body.imageId)).toMatchObject({ status: "PROCESSED", name: "rocket.jpg" });
  });

  it.each([
    ["another size", (file: Buffer) => file.subarray(1), {}, (url: string) => url],
    ["another type", (file: Buffer) => file, { "content-type": "image/png" }, (url: string) => url],
    ["another key", (file: Buffer) => file, {}, (url: string) => url.replace("rocket.jpg", "other.jpg")],
    [
      "a longer life",
      (file: Buffer) => file,
      {},
      (url: string) => url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"),
    ],
  ])("refuses %s than was signed", async (_, fileOf, headers, urlOf) => {
    const ticket = await announce(ann, photograph);
    const refused = await put(urlOf(ticket.uploadUrl), fileOf(photograph), { ...ticket.headers, ...headers });
    expect(refused.status).toBe(403);
    expect((await ann.get(`/images/${ticket.imageId}`)).body.status).toBe("PENDING");
  });

  it.each([
    ["no body", undefined],
    ["a list", []],
    ["no size", { fileName: "a.jpg", contentType: "image/jpeg" }],
    ["a size that is a word", { fileName: "a.jpg", contentType: "image/jpeg", bytes: "many" }],
    ["what is no content type", { fileName: "a.pdf", contentType: "pdf", bytes: 9 }],
    ["an empty name", { fileName: " ", contentType: "image/jpeg", bytes: 9 }],
    [
      "too long a caption",
      { fileName: "a.jpg", contentType: "image/jpeg", bytes: 9, caption: "x".repeat(2001) },
    ],
    ["a field that nobody knows", { fileName: "a.jpg", contentType: "image/jpeg", bytes: 9, owner: "bob" }],
  ])("with %s is refused, with a sentence", async (_, json) => {
    const { status, body } = await ann.call("POST", "/uploads", json === undefined ? {} : { json });
    expect(status).toBe(400);
    expect(body.detail).toMatch(/^The body is .*\.$/);
  });

  it("that is broken JSON, or over the limit, is refused", async () => {
    const broken = await ann.call("POST", "/uploads", {
      body: '{"fileName":',
      headers: { "content-type": "application/json" },
    });
    expect([broken.status, broken.body.detail]).toEqual([400, expect.stringContaining("not JSON")]);
    const large = await ann.call("POST", "/uploads", {
      json: { fileName: "a.jpg", contentType: "image/jpeg", bytes: 99_000_000_000 },
    });
    expect([large.status, large.body.detail]).toEqual([413, expect.stringContaining("52,428,800")]);
  });

  it("under a name that is a path stays in the user's folder", async () => {
    for (const fileName of ["../../etc/passwd", "a\\b\\c.jpg", "..", "ü".repeat(200)]) {
      const { filePath } = await announce(ann, photograph, { fileName });
      expect(filePath.split("/")).toHaveLength(4);
      expect(filePath).not.toContain("..");
    }
  });
});

describe("a direct upload", () => {
  it("takes a form with name and caption", async () => {
    const form = new FormData();
    form.set("file", new File([new Uint8Array(sample("chelsea.png"))], "chelsea.png", { type: "image/png" }));
    form.set("name", "Chelsea 猫");
    form.set("caption", "<script>alert(1)</script>");
    const { status, body, headers } = await ann.call("POST", "/images", { body: form });
    expect([status, headers.get("location")]).toEqual([202, `/images/${body.imageId}`]);
    expect(await ann.done(body.imageId)).toMatchObject({
      status: "PROCESSED",
      name: "Chelsea 猫",
      caption: "<script>alert(1)</script>",
    });
  });

  it("takes a raw image, and its file name and caption from the query", async () => {
    const { status, body } = await ann.call("POST", "/images?fileName=c.png&caption=sleepy", {
      body: new Uint8Array(sample("chelsea.png")),
      headers: { "content-type": "image/png" },
    });
    expect(status).toBe(202);
    expect(await ann.done(body.imageId)).toMatchObject({
      name: "c.png",
      caption: "sleepy",
      status: "PROCESSED",
    });
  });

  it("of a file that is at fault ends with its reason", async () => {
    const { body } = await ann.call("POST", "/images", {
      body: new Uint8Array(truncatedJpeg()),
      headers: { "content-type": "image/jpeg" },
    });
    expect(await ann.done(body.imageId)).toMatchObject({
      status: "REJECTED",
      rejection: { code: "CORRUPT" },
    });
  });

  it("that is too large is shown the other way, by us as far as the gateway lets it through", async () => {
    const { status, body } = await ann.call("POST", "/images", {
      body: new Uint8Array(4_200_000),
      headers: { "content-type": "image/jpeg" },
    });
    expect([status, body.detail]).toEqual([413, expect.stringContaining("POST /uploads")]);
    const larger = await ann.call("POST", "/images", {
      body: new Uint8Array(11_000_000),
      headers: { "content-type": "image/jpeg" },
    });
    expect(larger.status).toBe(413);
  });

  it.each([
    ["text", "hello", "text/plain", 415],
    ["nothing", "", "image/png", 400],
    ["a form without a file", new URLSearchParams({ a: "b" }), "multipart/form-data; boundary=x", 400],
  ])("of %s is refused", async (_, body, type, expected) => {
    const { status } = await ann.call("POST", "/images", { body, headers: { "content-type": type } });
    expect(status).toBe(expected);
  });
});

/** Those of an image's owner. */
const OWNERS_ROUTES = Object.entries<RouteContract>(routes).flatMap(
  ([route, { isPublic, isForOperators }]) =>
    route.includes("{imageId}") && !isPublic && !isForOperators ? [route] : [],
);
const BODIES: Record<string, object> = {
  "PATCH /images/{imageId}": { caption: "Bob's" },
  "POST /images/{imageId}/links": { variant: "large", expiresInSeconds: 60 },
  "POST /uploads/{imageId}/signatures": { method: "POST" },
};

describe("an image", () => {
  it("is nobody else's: theirs and none look the same on every route, and it stays as it is", async () => {
    const imageId = await processed(ann);
    await ann.call("POST", `/images/${imageId}/publish`);
    const json = { variant: "large", expiresInSeconds: 60 };
    const { body: link } = await ann.call("POST", `/images/${imageId}/links`, { json });
    const before = await pipeline.recordOf(imageId);
    expect(OWNERS_ROUTES.length).toBeGreaterThan(10);
    for (const route of OWNERS_ROUTES) {
      const [method = "", path = ""] = route
        .replace("{linkId}", link.id)
        .replace("{variant}", "large")
        .split(" ");
      const [theirs, missing, malformed] = await Promise.all(
        [imageId, "0".repeat(32), "no-id"].map((id) =>
          bob.call(method, path.replace("{imageId}", id), { json: BODIES[route] }),
        ),
      );
      // Repeating a deletion is harmless.
      const status = route === "DELETE /images/{imageId}" ? 204 : 404;
      expect([route, theirs?.status, missing?.status, malformed?.status]).toEqual([
        route,
        status,
        status,
        404,
      ]);
      expect(theirs?.body).toEqual(missing?.body);
    }
    expect(await pipeline.recordOf(imageId)).toEqual(before);
    expect((await ann.get(`/images/${imageId}/links`)).body.links).toMatchObject([{ id: link.id }]);
    expect((await bob.get("/images")).body.images).toEqual([]);
  });

  it("tells its history, step by step, retries and all", async () => {
    pipeline.engine.faults.add({
      target: { service: "lambda", function: "resize" },
      kind: "throttle",
      times: 2,
    });
    const imageId = await processed(ann);
    const { body } = await ann.get(`/images/${imageId}/history`);
    expect(body.status).toMatch(/RUNNING|SUCCEEDED/);
    expect(body.steps.map(({ name, status }: { name: string; status: string }) => [name, status])).toEqual(
      expect.arrayContaining([
        ["Validate", "SUCCEEDED"],
        ["Resize", "SUCCEEDED"],
        ["Watermark", "SUCCEEDED"],
      ]),
    );
    expect(body.steps.find(({ name }: { name: string }) => name === "Resize")).toMatchObject({
      retries: 2,
      error: "Lambda.TooManyRequestsException",
      durationMs: expect.any(Number),
    });
  });

  it("is downloaded by a link, which is counted", async () => {
    const imageId = await processed(ann);
    const { status, headers } = await ann.get(`/images/${imageId}/download/small`);
    expect(status).toBe(302);
    const location = headers.get("location") ?? "";
    const file = await fetch(location);
    expect([file.status, file.headers.get("content-type")]).toEqual([200, "image/webp"]);
    expect(file.headers.get("content-disposition")).toMatch(/^attachment; filename="image-small\.webp"/);
    for (const other of [
      location.replace(".webp?", ".jpeg?"),
      location.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"),
    ])
      expect((await fetch(other)).status).toBe(403);
    expect(
      (
        await fetch((await ann.get(`/images/${imageId}/download/small.jpeg`)).headers.get("location") ?? "")
      ).headers.get("content-type"),
    ).toBe("image/jpeg");
    await Promise.all(Array.from({ length: 10 }, () => ann.get(`/images/${imageId}/download/large`)));
    expect((await ann.get(`/images/${imageId}`)).body.downloads).toEqual({
      total: 12,
      byVariant: { small: 2, large: 10 },
    });
  });

  it("is downloaded by a page, which cannot follow a redirect to another host with its token", async () => {
    const imageId = await processed(ann);
    const { status, body } = await ann.call("GET", `/images/${imageId}/download/small.jpeg`, {
      headers: { accept: "application/json" },
    });
    expect([status, body.fileName]).toEqual([200, "image-small.jpeg"]);
    expect((await fetch(body.url)).headers.get("content-disposition")).toContain("image-small.jpeg");
    const original = await ann.call("GET", `/images/${imageId}/download/original`, {
      headers: { accept: "application/json" },
    });
    expect(original.body.fileName).toBe("image.png");
    expect((await ann.get(`/images/${imageId}`)).body.downloads.byVariant).toEqual({ small: 1, original: 1 });
  });

  it("has only the variants it has", async () => {
    const imageId = await processed(ann);
    const { status, body } = await ann.get(`/images/${imageId}/download/huge`);
    expect([status, body.detail]).toEqual([
      404,
      expect.stringContaining("large, medium, small, thumbnail, original"),
    ]);
  });

  it("is processed again on demand, but not while it is being processed", async () => {
    const imageId = await processed(ann);
    const before = (await ann.get(`/images/${imageId}`)).body;
    const read = pipeline.hold({ service: "s3", operation: "GetObject" });
    const again = await ann.call("POST", `/images/${imageId}/reprocess`);
    expect([again.status, again.body.status]).toEqual([202, "PROCESSING"]);
    expect((await ann.call("POST", `/images/${imageId}/reprocess`)).status).toBe(409);
    read.release();
    const after = await ann.done(imageId);
    expect(after).toMatchObject({ status: "PROCESSED", name: before.name });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    const ticket = await announce(ann, sample("rocket.jpg"));
    expect((await ann.call("POST", `/images/${ticket.imageId}/reprocess`)).status).toBe(409);
  });

  it("is deleted with all that belongs to it, by however many at once", async () => {
    const imageId = await processed(ann);
    const { Item } = { Item: await pipeline.recordOf(imageId) };
    expect(await pipeline.filesOf(imageId)).toHaveLength(4);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ann.call("DELETE", `/images/${imageId}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
    expect((await ann.get(`/images/${imageId}`)).status).toBe(404);
    expect(await pipeline.keysIn("original", Item?.original.key ?? "?")).toEqual([]);
    await expect.poll(() => pipeline.filesOf(imageId)).toEqual([]);
    expect((await ann.call("DELETE", `/images/${imageId}`)).status).toBe(204);
  });

  it.each([
    ["start-execution", { operation: "HeadObject" }],
    ["validate", { operation: "GetObject" }],
    ["resize", { operation: "PutObject", key: ".raw" }],
    ["watermark", { operation: "PutObject", key: "thumbnail.jpeg" }],
  ])("that is deleted while %s is at work does not come back, and leaves no file", async (_, call) => {
    // Others that were deleted are looked for, too.
    await pipeline.idle();
    const held = pipeline.hold({ service: "s3", ...call });
    const { body } = await ann.call("POST", "/images", {
      body: new Uint8Array(anew(red)),
      headers: { "content-type": "image/png" },
    });
    await held.reached();
    expect((await ann.call("DELETE", `/images/${body.imageId}`)).status).toBe(204);
    held.release();
    await pipeline.idle();
    expect((await ann.get(`/images/${body.imageId}`)).status).toBe(404);
    expect(await pipeline.filesOf(body.imageId)).toEqual([]);
  });
});

it("reprocessing that is asked for ten times at once happens once", async () => {
  const imageId = await processed(ann);
  // It is not done before all have asked.
  const read = pipeline.hold({ service: "s3", operation: "GetObject" });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => ann.call("POST", `/images/${imageId}/reprocess`)),
  );
  read.release();
  expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 9 }, () => 409)]);
  await ann.done(imageId);
});

it("a name that ends in half a character is no reason not to download the image", async () => {
  const { filePath } = await announce(bob, sample("rocket.jpg"));
  const key = `users/${filePath.split("/")[1]}/half.png`;
  await pipeline.process(key, red, {
    metadata: { name: encodeURIComponent(`${"a".repeat(199)}🚀`) },
  });
  const imageId = pipeline.imageIdOf(key);
  expect((await bob.get(`/images/${imageId}/download/large`)).status).toBe(302);
});

describe("an object dropped in the bucket", () => {
  it("in a user's folder is that user's image", async () => {
    const { filePath } = await announce(bob, sample("rocket.jpg"));
    const [, userId] = filePath.split("/");
    const key = `users/${userId}/dropped by hand.png`;
    await pipeline.process(key, red);
    const { body } = await bob.get(`/images/${pipeline.imageIdOf(key)}`);
    expect(body).toMatchObject({ status: "PROCESSED", name: "dropped by hand.png" });
  });

  it("anywhere else is processed, and nobody's", async () => {
    const { status } = await pipeline.process("nobodys.png", red);
    expect(status).toBe("SUCCEEDED");
    expect((await ann.get(`/images/${pipeline.imageIdOf("nobodys.png")}`)).status).toBe(404);
  });
});
