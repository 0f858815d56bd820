import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { type ApiClient, announce, apiClientOf } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
let key: string;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "ann@example.org");
  const { filePath } = await announce(ann, await plain(4, 4).png().toBuffer());
  key = `${filePath.split("/").slice(0, 2).join("/")}/archived.png`;
});

it("an original that is put into an archive is rejected with a reason, and not tried again", async () => {
  const { VersionId = "" } = await pipeline.clients.s3.send(
    new PutObjectCommand({
      Bucket: pipeline.names.original,
      Key: key,
      Body: await plain(20, 20).png().toBuffer(),
      StorageClass: "GLACIER",
    }),
  );
  await pipeline.ended(VersionId);
  const { body: image } = await ann.get(`/images/${pipeline.imageIdOf(key)}`);
  expect(image).toMatchObject({
    status: "REJECTED",
    rejection: { code: "ORIGINAL_ARCHIVED", reason: expect.stringContaining("restore") },
  });
});

it("is not processed again while it is there, by nobody, and its record stays as it is", async () => {
  const imageId = pipeline.imageIdOf(key);
  const before = await pipeline.record(key);
  const { status, body } = await ann.call("POST", `/images/${imageId}/reprocess`);
  expect([status, body.detail]).toEqual([409, expect.stringContaining("restore it first")]);

  const taken = new Promise<void>((resolve) => {
    pipeline.engine.events.on("log", ({ line }) => line.includes("restore it first") && resolve());
  });
  await pipeline.askAgain(key);
  await taken;
  expect(await pipeline.record(key)).toEqual(before);
});
