/** The steps that open what strangers sent get at one image: that of their execution. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { EngineEvents } from "stack-engine";
import { describe, expect, vi } from "vitest";
import { accessSchema } from "../../functions/shared/state.ts";
import { announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { anew, plain, red } from "../fixtures/images.ts";
import { it as withPipeline } from "../fixtures/shared-pipeline.ts";

/** A key may have in it what policies take for "anything", or do not take at all, and be longer than they take. */
const KEY = `blind/*?\${aws:username} 日本 ${"long ".repeat(120)}.png`;
const OTHER = "blind/another one.png";

const it = withPipeline.extend("decoder", { scope: "file" }, async ({ pipeline }) => {
  const bytes = await plain(8, 8).png().toBuffer();
  const uploaded: string[] = [];
  const ends: string[] = [];
  for (const key of [KEY, KEY, OTHER]) {
    const version = await pipeline.upload(key, anew(bytes));
    uploaded.push(version);
    ends.push((await pipeline.ended(version)).status);
  }
  const [before, version, other] = uploaded;
  const [execution] = pipeline.executionsOf(KEY).slice(-1);
  const access = accessSchema.parse(JSON.parse(execution?.input ?? "{}").access);
  const { endpoint, region } = pipeline.engine;
  const s3 = new S3Client({ endpoint, region, credentials: access, forcePathStyle: true, maxAttempts: 1 });
  const sts = new STSClient({ endpoint, region, credentials: access });
  return { ends, before, version, other, execution: execution?.name ?? "", s3, sts };
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
    expect(decoder.ends).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
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

  it("does so in the name of its image, for an hour", async ({ pipeline, decoder }) => {
    const { Arn } = await decoder.sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toMatch(/assumed-role\/image-pipeline-dev-decoder-role\/[0-9a-f]{32}$/);
    expect(Arn?.endsWith(pipeline.imageIdOf(KEY))).toBe(true);
    const Bucket = pipeline.names.original;
    const readIn = async (minutes: number) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });
      const command = new GetObjectCommand({ Bucket, Key: KEY, VersionId: decoder.version });
      return decoder.s3
        .send(command)
        .then(
          () => "read",
          ({ name }: Error) => name,
        )
        .finally(() => vi.useRealTimers());
    };
    expect(await readIn(30)).toBe("read");
    expect(await readIn(61)).toBe("ExpiredToken");
  });
});

it("whoever does not decode an original only asks for it, takes it in, or takes it away", async ({
  pipeline,
}) => {
  const ann = await apiClientOf(pipeline, "blind@example.org");
  const file = anew(red);
  const { imageId, filePath, uploadUrl, headers } = await announce(ann, file, { contentType: "image/png" });
  const calls = new Set<string>();
  const listen = ({ service, operation, resource, functionName }: EngineEvents["call"][0]) => {
    if (service === "s3" && resource === `${pipeline.names.original}/${filePath}`)
      calls.add(`${functionName?.replace("image-pipeline-dev-", "")} ${operation}`);
  };
  pipeline.engine.events.on("call", listen);
  await put(uploadUrl, file, headers);
  await ann.done(imageId);
  for (const [path, json] of [
    [`/images/${imageId}/reprocess`, undefined],
    ["/pipeline/reprocess", { imageIds: [imageId] }],
  ] as const) {
    await ann.call("POST", path, { json });
    expect((await ann.done(imageId)).status).toBe("PROCESSED");
  }
  await ann.call("DELETE", `/images/${imageId}`);
  await pipeline.idle();
  pipeline.engine.events.off("call", listen);
  expect([...calls].sort()).toEqual([
    "api-manage DeleteObject",
    "api-manage HeadObject",
    "api-operate HeadObject",
    "api-upload PutObject",
    "resize GetObject",
    "start-execution HeadObject",
    "validate GetObject",
  ]);
});
