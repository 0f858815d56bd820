import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect } from "vitest";
import { openApiDocument } from "../../functions/api/openapi.ts";
import { type ApiClient, announce, apiClientOf } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
/** Two parts and a little of a third: behind the end of a PNG may be anything. */
let file: Buffer;
const PART_BYTES = 5 * 1024 * 1024;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "parts@example.org");
  file = Buffer.concat([await plain(40, 30).png().toBuffer(), Buffer.alloc(2 * PART_BYTES)]);
});

const announced = (over: object = {}) =>
  announce(ann, file, { fileName: "large.png", contentType: "image/png", inParts: true, ...over });

interface Body {
  content: Record<string, { schema: object }>;
}

interface SignedRequest {
  method: string;
  uploadId?: string | undefined;
  partNumber?: number;
}

const sign = (imageId: string, json: SignedRequest, client = ann) =>
  client.call("POST", `/uploads/${imageId}/signatures`, { json });

/** Sends a request to S3 as it was signed. */
async function send(imageId: string, request: SignedRequest, body?: Buffer | string, over: object = {}) {
  const { body: signed } = await sign(imageId, request);
  const answer = await fetch(signed.url, {
    method: request.method,
    headers: { ...signed.headers, ...over },
    ...(body !== undefined && { body: typeof body === "string" ? body : new Uint8Array(body) }),
  });
  return { status: answer.status, etag: answer.headers.get("etag"), text: await answer.text() };
}

async function begin(imageId: string): Promise<string> {
  const { text } = await send(imageId, { method: "POST" });
  return /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1] ?? "";
}

const part = (number: number) => file.subarray((number - 1) * PART_BYTES, number * PART_BYTES);
const sendPart = (imageId: string, uploadId: string, partNumber: number, body = part(partNumber)) =>
  send(imageId, { method: "PUT", uploadId, partNumber }, body);

const listOf = (parts: { number: number; etag: string | null }[]) =>
  `<CompleteMultipartUpload>${parts
    .map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`)
    .join("")}</CompleteMultipartUpload>`;

describe("a file that is sent in parts", () => {
  it("goes on where it was, and is processed once it is complete", async () => {
    const { imageId, partBytes, filePath } = await announced({ name: "Large", focus: "0.5,0.5" });
    expect(partBytes).toBe(PART_BYTES);
    const uploadId = await begin(imageId);
    const first = await sendPart(imageId, uploadId, 1);
    expect(first.status).toBe(200);
    // Whoever has lost all but the upload's id asks what has come.
    const { text } = await send(imageId, { method: "GET", uploadId });
    expect([...text.matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => number)).toEqual(["1"]);
    const parts = [{ number: 1, etag: first.etag }];
    for (const number of [2, 3])
      parts.push({ number, etag: (await sendPart(imageId, uploadId, number)).etag });
    expect((await ann.get(`/images/${imageId}`)).body.status).toBe("PENDING");
    expect((await send(imageId, { method: "POST", uploadId }, listOf(parts))).status).toBe(200);
    expect(await ann.done(imageId)).toMatchObject({
      status: "PROCESSED",
      name: "Large",
      focus: { x: 0.5, y: 0.5 },
      original: { bytes: file.length, width: 40 },
    });
    expect(await pipeline.keysIn("original", filePath)).toEqual([filePath]);
  });

  it("makes one object, however often it is begun", async () => {
    const { imageId } = await announced();
    const complete = async () => {
      const uploadId = await begin(imageId);
      const parts = await Promise.all(
        [1, 2, 3].map(async (number) => ({ number, etag: (await sendPart(imageId, uploadId, number)).etag })),
      );
      return send(imageId, { method: "POST", uploadId }, listOf(parts));
    };
    expect((await complete()).status).toBe(200);
    expect((await complete()).status).toBe(412);
  });

  it("has no part of another size, and is of the size that was announced", async () => {
    const { imageId } = await announced();
    const uploadId = await begin(imageId);
    expect((await sendPart(imageId, uploadId, 1, file.subarray(0, 9))).status).toBe(403);
    expect((await sendPart(imageId, uploadId, 3, part(1))).status).toBe(403);
    expect((await sign(imageId, { method: "PUT", uploadId, partNumber: 4 })).body.detail).toMatch(
      /has 3 parts/,
    );
    const parts = [{ number: 1, etag: (await sendPart(imageId, uploadId, 1)).etag }];
    const complete = { method: "POST", uploadId };
    expect((await send(imageId, complete, listOf(parts))).status).toBe(400);
    const size = { "x-amz-mp-object-size": String(PART_BYTES) };
    expect((await send(imageId, complete, listOf(parts), size)).status).toBe(403);
    expect((await ann.get(`/images/${imageId}`)).body.status).toBe("PENDING");
  });

  it("that is given up leaves nothing", async () => {
    const { imageId, filePath } = await announced();
    const uploadId = await begin(imageId);
    await sendPart(imageId, uploadId, 1);
    expect((await send(imageId, { method: "DELETE", uploadId })).status).toBe(204);
    expect((await send(imageId, { method: "GET", uploadId })).status).toBe(404);
    expect(await pipeline.keysIn("original", filePath)).toEqual([]);
  });

  it("can be sent at once instead", async () => {
    const { imageId } = await announced();
    expect((await send(imageId, { method: "PUT" }, file)).status).toBe(200);
    expect((await ann.done(imageId)).status).toBe("PROCESSED");
  });
});

describe("a request is not signed", () => {
  it("of an upload that is somebody else's, or was not announced in parts", async () => {
    const { imageId } = await announced();
    const bob = await apiClientOf(pipeline, "parts-bob@example.org");
    const { imageId: whole } = await announced({ inParts: false });
    for (const [id, client] of [
      [imageId, bob],
      [whole, ann],
      ["0".repeat(32), ann],
    ] as const) {
      const { status, body } = await sign(id, { method: "POST" }, client);
      expect([status, body.detail]).toEqual([404, expect.stringContaining("POST /uploads, with inParts.")]);
    }
  });

  it("that is none of such an upload: one that the contract does not have", async () => {
    const { imageId } = await announced();
    const requests = ["GET", "POST", "PUT", "DELETE", "HEAD"].flatMap((method) => [
      { method },
      { method, uploadId: "a" },
      { method, partNumber: 1 },
      { method, uploadId: "a", partNumber: 1 },
    ]);
    const signed: object[] = [];
    for (const request of requests) {
      const { status, body } = await sign(imageId, request);
      if (status === 200) signed.push(request);
      else
        expect([status, body.detail]).toEqual([
          400,
          expect.stringContaining("it is no request of an upload in parts. There are: POST;"),
        ]);
    }
    expect(signed).toHaveLength(6);
    const { paths } = openApiDocument() as { paths: Record<string, { post: { requestBody: Body } }> };
    const { schema } =
      paths["/uploads/{imageId}/signatures"]?.post.requestBody.content["application/json"] ?? {};
    const isOfContract = new Ajv2020().compile(schema ?? false);
    expect(requests.filter((request) => isOfContract(request))).toEqual(signed);
  });

  it("of a file that is too large, or of no accepted type", async () => {
    const json = { fileName: "a.png", contentType: "image/png", inParts: true };
    const large = await ann.call("POST", "/uploads", { json: { ...json, bytes: 99_000_000_000 } });
    const other = await ann.call("POST", "/uploads", {
      json: { ...json, contentType: "image/svg+xml", bytes: 9 },
    });
    expect([large.status, other.status]).toEqual([413, 415]);
  });
});
