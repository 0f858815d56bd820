/** The steps that open what strangers sent get at one image: that of their execution. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { describe, expect } from "vitest";
import { accessSchema } from "../../functions/shared/state.ts";
import { plain } from "../fixtures/images.ts";
import { it as withPipeline } from "../fixtures/shared-pipeline.ts";

/** A key may have in it what policies take for "anything", or do not take at all. */
const KEY = "blind/*?${aws:username} 日本.png";
const OTHER = "blind/another one.png";

const it = withPipeline.extend("decoder", { scope: "file" }, async ({ pipeline }) => {
  const bytes = await plain(8, 8).png().toBuffer();
  const before = await pipeline.upload(KEY, bytes);
  const [version, other] = [await pipeline.upload(KEY, bytes), await pipeline.upload(OTHER, bytes)];
  const ends = await Promise.all([before, version, other].map((each) => pipeline.ended(each)));
  const [execution] = pipeline.executionsOf(KEY).slice(-1);
  const access = accessSchema.parse(JSON.parse(execution?.input ?? "{}").access);
  const { endpoint, region } = pipeline.engine;
  const s3 = new S3Client({ endpoint, region, credentials: access, forcePathStyle: true, maxAttempts: 1 });
  return { ends, before, version, other, execution: execution?.name ?? "", s3 };
});

/** What S3 answers: the status. */
async function answerTo(request: Promise<unknown>): Promise<number> {
  return request.then(
    () => 200,
    (error: unknown) => {
      if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode ?? 0;
      throw error;
    },
  );
}

describe("a step that decodes", () => {
  it.for(["validate", "resize"])("has no rights of its own to any object: %s", (name, { pipeline }) => {
    const { engine, names } = pipeline;
    const own = engine.permissions.grants().filter(({ role }) => role === `image-pipeline-dev-${name}-role`);
    expect(own.map(({ action }) => action).filter((action) => /^s3|^kms|^sts/.test(action))).toEqual([]);
    const fn = engine.permissions.function(`image-pipeline-dev-${name}`);
    for (const action of ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"])
      for (const bucket of [names.original, names.staging, names.processed])
        expect(fn.refusalOf({ action, resource: `arn:aws:s3:::${bucket}/any` })).toContain(action);
  });

  it("reads the version that its execution is about, and none else", async ({ pipeline, decoder }) => {
    expect(decoder.ends.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
    const Bucket = pipeline.names.original;
    const read = (Key: string, VersionId?: string) =>
      answerTo(decoder.s3.send(new GetObjectCommand({ Bucket, Key, VersionId })));
    expect(await read(KEY, decoder.version)).toBe(200);
    expect(await read(KEY, decoder.before)).toBe(403);
    expect(await read(KEY)).toBe(403);
    expect(await read(OTHER, decoder.other)).toBe(403);
    expect(await answerTo(decoder.s3.send(new HeadObjectCommand({ Bucket, Key: OTHER })))).toBe(403);
    expect(await answerTo(decoder.s3.send(new ListObjectsV2Command({ Bucket })))).toBe(403);
  });

  it("writes where its execution stages pixels, and nowhere else", async ({ pipeline, decoder }) => {
    const { original, staging, processed } = pipeline.names;
    const write = (Bucket: string, Key: string) =>
      answerTo(decoder.s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" })));
    const imageId = pipeline.imageIdOf(KEY);
    const own = `${imageId}/${decoder.execution}/later.raw`;
    expect(await write(staging, own)).toBe(200);
    expect(await write(staging, `${imageId}/another/0.raw`)).toBe(403);
    expect(await write(staging, `${pipeline.imageIdOf(OTHER)}/${decoder.execution}/0.raw`)).toBe(403);
    for (const bucket of [original, processed]) expect(await write(bucket, own)).toBe(403);
    const readBack = decoder.s3.send(new GetObjectCommand({ Bucket: staging, Key: own }));
    expect(await answerTo(readBack)).toBe(403);
  });
});
