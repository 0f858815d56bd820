import { afterEach, describe, expect } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import type { PipelineEnded, PipelineImage, PipelineImages } from "../../functions/api/contract-pipeline.ts";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { anew, blue, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let operator: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  operator = await apiClientOf(pipeline, "operator@example.org");
});
afterEach(() => pipeline.engine.faults.clear());

async function inPipeline(client = operator): Promise<PipelineImages> {
  const { status, body } = await client.get("/pipeline/images");
  expect(status).toBe(200);
  return body;
}

async function failing(key: string): Promise<PipelineImage | undefined> {
  const { failed } = await inPipeline();
  return failed.find(({ imageId }) => imageId === pipeline.imageIdOf(key));
}

async function fail(key: string): Promise<void> {
  pipeline.engine.faults.add({
    target: { service: "lambda", function: "resize" },
    kind: "service-exception",
    times: Number.POSITIVE_INFINITY,
  });
  await pipeline.process(key, anew(red));
  pipeline.engine.faults.clear();
}

async function membership(operation: string, member: object): Promise<void> {
  const scope = `${CREDENTIALS.accessKeyId}/20260101/${pipeline.engine.region}/cognito-idp/aws4_request`;
  const { status } = await fetch(pipeline.engine.endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(member),
  });
  expect(status).toBe(200);
}

describe("who may see the pipeline", () => {
  it("is a member of the group, and nobody else", async () => {
    const member = {
      UserPoolId: pipeline.engine.outputs.user_pool_id,
      Username: "visitor@example.org",
      GroupName: "operators",
    };
    await apiClientOf(pipeline, "visitor@example.org");
    await membership("AdminRemoveUserFromGroup", member);
    const visitor = await apiClientOf(pipeline, "visitor@example.org");
    expect((await visitor.get("/me")).body).toMatchObject({ isOperator: false });
    for (const [method, path] of [
      ["GET", "/pipeline/definition"],
      ["GET", "/pipeline/images"],
      ["GET", `/pipeline/images/${pipeline.imageIdOf("x")}/execution`],
      ["POST", "/pipeline/reprocess"],
    ] as const) {
      const { status, body } = await visitor.call(method, path, {
        ...(method === "POST" && { json: { imageIds: [pipeline.imageIdOf("x")] } }),
      });
      expect([path, status]).toEqual([path, 403]);
      expect(body.detail).toContain('group "operators"');
    }
    await membership("AdminAddUserToGroup", member);
    const joined = await apiClientOf(pipeline, "visitor@example.org");
    expect((await joined.get("/me")).body).toMatchObject({ isOperator: true });
    expect((await joined.get("/pipeline/images")).status).toBe(200);
  });
});

it("of an image whose id they know, operators see how it was processed, and no picture", async () => {
  const key = "users/somebody/only its execution.png";
  await pipeline.process(key, anew(red));
  const imageId = pipeline.imageIdOf(key);
  const { body: execution } = await operator.get(`/pipeline/images/${imageId}/execution`);
  const [validate] = execution.states;
  expect(JSON.parse(validate.input).image.key).toBe(key);
  expect(JSON.parse(validate.output).validate.result.width).toBe(60);
  const { body: images } = await operator.get(`/pipeline/images?ended=${imageId}`);
  expect(images.ended).toMatchObject([{ imageId, status: "PROCESSED" }]);
  expect(JSON.stringify([execution, images])).not.toMatch(/https?:|data:image/);
  for (const path of ["", "/download/large", "/download/original"])
    expect((await operator.get(`/images/${imageId}${path}`)).status).toBe(404);
});

it("the definition is the state machine's, without what it calls", async () => {
  const { body } = await operator.get("/pipeline/definition");
  expect(body.startAt).toBe("Validate");
  expect(body.states.Validate).toMatchObject({ type: "Task", next: ["Resize"] });
  expect(body.states.Validate.catch).toContainEqual({ errors: ["States.ALL"], next: "RecordFailure" });
  expect(body.states.HowItEnded.next).toEqual(expect.arrayContaining(["Processed", "Rejected"]));
  const known = Object.keys(body.states);
  for (const { next, catch: caught } of Object.values<PipelineState>(body.states))
    expect(known).toEqual(expect.arrayContaining([...next, ...caught.map((one) => one.next)]));
  expect(Object.values<PipelineState>(body.states).flatMap(({ retry }) => retry).length).toBeGreaterThan(5);
  expect(JSON.stringify(body)).not.toContain("arn:");
});
interface PipelineState {
  next: string[];
  retry: object[];
  catch: { next: string }[];
}

describe("an image under way", () => {
  it.each(["nobody's.png", "users/somebody/theirs.png"])(
    "of whoever it is is shown with its step: %s",
    async (key) => {
      const published = pipeline.hold({
        service: "s3",
        operation: "PutObject",
        key: `${pipeline.names.processed}/files`,
      });
      const version = await pipeline.upload(key, anew(red));
      await published.reached();
      const { underWay, waitMs } = await inPipeline();
      const shown = underWay.find((one) => one.imageId === pipeline.imageIdOf(key));
      expect(shown).toMatchObject({
        name: key.split("/").at(-1),
        status: "PROCESSING",
        isYours: false,
        step: { name: "Watermark", retries: 0 },
      });
      expect(shown?.owner).toBe(key.startsWith("users/") ? "somebody" : undefined);
      expect(waitMs).toBe(1000);
      published.release();
      await pipeline.ended(version);
      expect((await inPipeline()).underWay.map(({ imageId }) => imageId)).not.toContain(
        pipeline.imageIdOf(key),
      );
    },
  );
});

describe("an image that is in no list any more", () => {
  const endedOf = async (...keys: string[]) => {
    const imageIds = keys.map((key) => pipeline.imageIdOf(key));
    const { body } = await operator.get(`/pipeline/images?ended=${imageIds.join(",")}`);
    return Object.fromEntries(
      body.ended.map(({ imageId, status, at }: PipelineEnded) => [
        keys[imageIds.indexOf(imageId)],
        [status, new Date(at).toISOString() === at],
      ]),
    );
  };

  it("is told of how it has ended, whoever it belongs to, while there is something of it", async () => {
    const [done, wrong, gone] = ["users/somebody/done.png", "wrong.png", "ended and gone.png"];
    await pipeline.process(done, anew(red));
    await pipeline.process(wrong, Buffer.from("no picture"));
    await pipeline.process(gone, anew(blue));
    await pipeline.forget(gone);
    const published = pipeline.hold({ service: "s3", operation: "PutObject", key: pipeline.names.processed });
    const version = await pipeline.upload("published later.png", anew(red));
    await published.reached();
    expect(await endedOf(done, done, wrong, gone, "published later.png", "never.png")).toEqual({
      [done]: ["PROCESSED", true],
      [wrong]: ["REJECTED", true],
    });
    published.release();
    await pipeline.ended(version);
    expect(await endedOf("published later.png")).toEqual({ "published later.png": ["PROCESSED", true] });
    await pipeline.expire(pipeline.imageIdOf(done));
    expect(await endedOf(done)).toEqual({});
    expect((await inPipeline()).ended).toEqual([]);
  });

  it("is asked for by its id, with 24 others at most", async () => {
    const ids = (count: number) =>
      Array.from({ length: count }, (_, index) => pipeline.imageIdOf(`${index}`));
    const asked = async (ended: string) => (await operator.get(`/pipeline/images?ended=${ended}`)).status;
    expect(await asked(ids(25).join(","))).toBe(200);
    expect(await asked(ids(26).join(","))).toBe(400);
    expect(await asked("somebody")).toBe(400);
  });
});

describe("an image that has failed", () => {
  it("is shown at the step that broke, with its execution, until it is processed again", async () => {
    await fail("broken.png");
    expect(await failing("broken.png")).toMatchObject({
      status: "FAILED",
      failed: { name: "Resize", error: expect.any(String), reason: expect.any(String) },
    });
    const imageId = pipeline.imageIdOf("broken.png");
    const { body } = await operator.get(`/pipeline/images/${imageId}/execution`);
    expect(body).toMatchObject({ status: "FAILED", advice: expect.any(String) });
    expect(body).not.toHaveProperty("consoleUrl");
    const [validate, resize, ...after] = body.states;
    expect(validate).toMatchObject({ name: "Validate", attempts: [{ startedAt: expect.any(String) }] });
    expect(JSON.parse(validate.input).image.key).toBe("broken.png");
    expect(JSON.stringify(body)).not.toMatch(/"access|secretAccessKey|sessionToken/);
    expect(JSON.parse(validate.output).validate.result.width).toBe(60);
    expect(resize.attempts.length).toBeGreaterThan(1);
    expect(resize.attempts[1]).toMatchObject({ error: expect.any(String), waitedMs: expect.any(Number) });
    expect(after.map(({ name }: { name: string }) => name)).toEqual([
      "RecordFailure",
      "HowItEnded",
      "DescribeFailure",
      "Failed",
    ]);

    const gone = pipeline.imageIdOf("never there.png");
    const again = await operator.call("POST", "/pipeline/reprocess", { json: { imageIds: [imageId, gone] } });
    expect(again.body).toEqual({
      started: [imageId],
      refused: [{ imageId: gone, reason: expect.any(String) }],
    });
    await expect.poll(async () => (await pipeline.record("broken.png"))?.status).toBe("PROCESSED");
    expect(await failing("broken.png")).toBeUndefined();
  });

  it("leads its owner, who is an operator, to its execution, and nobody else", async () => {
    const key = `users/${operator.userId}/led on.png`;
    await fail(key);
    const path = `/images/${pipeline.imageIdOf(key)}`;
    const { links } = (await operator.get(path)).body;
    expect(links).not.toHaveProperty("console");
    const { advice, states } = (await operator.get(links.execution)).body;
    const attempts = states.flatMap(({ attempts }: { attempts: object[] }) => attempts);
    expect(advice).toEqual(expect.any(String));
    expect(attempts).toContainEqual({
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      waitedMs: expect.any(Number),
      error: expect.any(String),
      cause: expect.any(String),
    });

    const member = {
      UserPoolId: pipeline.engine.outputs.user_pool_id,
      Username: "operator@example.org",
      GroupName: "operators",
    };
    await membership("AdminRemoveUserFromGroup", member);
    const user = await apiClientOf(pipeline, "operator@example.org");
    await membership("AdminAddUserToGroup", member);
    expect((await user.get(path)).body.links).toEqual({ self: path, history: `${path}/history` });
  });

  it("is processed again for its owner, and counts for nobody", async () => {
    const key = `users/${operator.userId}/owned.png`;
    await fail(key);
    expect(await failing(key)).toMatchObject({ isYours: true, owner: operator.userId });
    const { body: before } = await operator.get("/me");
    const json = { imageIds: [pipeline.imageIdOf(key)] };
    expect((await operator.call("POST", "/pipeline/reprocess", { json })).body.started).toHaveLength(1);
    await expect.poll(async () => (await pipeline.record(key))?.status).toBe("PROCESSED");
    expect((await operator.get("/me")).body.changes).toEqual(before.changes);
  });

  it("an image that is processed is processed again as well; its execution is there, or is not", async () => {
    await pipeline.process("fine.png", blue);
    const path = `/pipeline/images/${pipeline.imageIdOf("fine.png")}/execution`;
    expect((await operator.get(path)).body).toMatchObject({ status: "SUCCEEDED" });
    const unknown = await operator.get(`/pipeline/images/${pipeline.imageIdOf("never.png")}/execution`);
    expect(unknown.status).toBe(404);
  });
});
