import type { EngineEvents, Fault } from "stack-engine";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { apiClientOf } from "../fixtures/api-client.ts";
import { anew, plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

const photograph = plain(400, 300, "#2060a0").jpeg().toBuffer();
/** Just large enough to be looked at: what is made of images besides is for other tests. */
const VARIANTS = [{ name: "small", width: 160, height: 160, formats: ["webp", "jpeg"] }];
const STAND_IN = "Stand-in: nobody has looked";

/** A pipeline of its own for the tests in a block. */
function withSetting(recognition: object): () => Pipeline {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({
      IMAGE_PIPELINE_RECOGNITION: JSON.stringify(recognition),
      IMAGE_PIPELINE_VARIANTS: JSON.stringify(VARIANTS),
    });
    return () => pipeline.stop();
  });
  afterEach(() => pipeline.engine.faults.clear());
  return () => pipeline;
}

/** What Rekognition was asked, and how large its answers made the requests. */
function watchCalls({ engine }: Pipeline): { calls: string[]; stop(): void } {
  const calls: string[] = [];
  const listen = ({ service, operation }: EngineEvents["call"][0]) => {
    if (service === "rekognition") calls.push(operation);
  };
  engine.events.on("call", listen);
  return { calls, stop: () => engine.events.off("call", listen) };
}

describe("labels and moderation", () => {
  const pipeline = withSetting({ labels: true, moderation: true });

  it("are in the record and in the API's answer, with their confidence", async () => {
    const ann = await apiClientOf(pipeline(), "ann@example.org");
    const { calls, stop } = watchCalls(pipeline());
    const { body } = await ann.call("POST", "/images", {
      body: new Uint8Array(anew(await photograph)),
      headers: { "content-type": "image/jpeg" },
    });
    const image = await ann.done(body.imageId);
    stop();
    const recognition = {
      labels: [{ name: STAND_IN, confidence: 99 }],
      moderation: [{ name: STAND_IN, confidence: 55 }],
      model: "labels stand-in, moderation stand-in",
    };
    expect(image).toMatchObject({ status: "PROCESSED", recognition });
    expect((await pipeline().recordOf(body.imageId))?.published).toMatchObject({
      recognition,
      timingsMs: { recognise: expect.any(Number) },
    });
    expect(calls.sort()).toEqual(["DetectLabels", "DetectModerationLabels"]);
    // The record is done before its execution is.
    await pipeline().idle();
    const { body: history } = await ann.get(`/images/${body.imageId}/history`);
    expect(
      history.steps.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`).sort(),
    ).toEqual([
      "Recognise SUCCEEDED",
      "RecordMetadata SUCCEEDED",
      "Resize SUCCEEDED",
      "Validate SUCCEEDED",
      "Watermark SUCCEEDED",
    ]);
  });

  it("are those of the first for a file that comes a second time, and nobody is asked again", async () => {
    const file = anew(await photograph);
    await pipeline().process("first.jpg", file);
    const { calls, stop } = watchCalls(pipeline());
    await pipeline().process("second.jpg", file);
    stop();
    expect(calls).toEqual([]);
    const { recognition } = (await pipeline().record("first.jpg"))?.published ?? {};
    expect(recognition).toBeDefined();
    expect((await pipeline().record("second.jpg"))?.published?.recognition).toEqual(recognition);
  });

  const recognise = { service: "lambda", function: "recognise" } as const;
  it.each<[string, Fault]>([
    ["Rekognition refuses", { target: { service: "rekognition" }, kind: "error500", times: 1000 }],
    ["the function cannot be invoked", { target: recognise, kind: "throttle", times: 1000 }],
    ["the function takes too long", { target: recognise, kind: "timeout", times: 1000 }],
  ])("are left out when %s, and the image is published all the same, and says so", async (what, fault) => {
    pipeline().engine.faults.add(fault);
    const execution = await pipeline().process(`${what}.jpg`, anew(await photograph));
    expect(execution.status).toBe("SUCCEEDED");
    const { published, status } = (await pipeline().record(`${what}.jpg`)) ?? {};
    expect(status).toBe("PROCESSED");
    expect(published?.variants).toHaveLength(2);
    expect(published?.recognition).toEqual({ notRecognised: expect.any(String) });
  });

  it("are waited for when Rekognition has no room for now", async () => {
    const target = { service: "rekognition", operation: "DetectLabels" };
    pipeline().engine.faults.add({ target, kind: "throttle", times: 6 });
    const execution = await pipeline().process("busy.jpg", anew(await photograph));
    expect(pipeline().retriesOf(execution, "Recognise")).toBeGreaterThan(0);
    expect((await pipeline().record("busy.jpg"))?.published?.recognition).not.toHaveProperty("notRecognised");
  });

  it("are left out of a picture that is too small to be looked at", async () => {
    const { calls, stop } = watchCalls(pipeline());
    await pipeline().process("small.png", await plain(79, 300).png().toBuffer());
    stop();
    expect(calls).toEqual([]);
    expect(await pipeline().record("small.png")).toMatchObject({ status: "PROCESSED" });
  });

  it("do not hinder a rejection, nor a retry", async () => {
    await pipeline().process("broken.jpg", (await photograph).subarray(0, -200));
    expect((await pipeline().record("broken.jpg"))?.lastAttempt).toMatchObject({
      status: "REJECTED",
      rejection: { code: "CORRUPT" },
    });
    pipeline().engine.faults.add({
      target: { service: "lambda", function: "watermark" },
      kind: "throttle",
      times: 2,
    });
    expect((await pipeline().process("retried.jpg", anew(await photograph))).status).toBe("SUCCEEDED");
    pipeline().engine.faults.add({
      target: { service: "lambda", function: "watermark" },
      kind: "timeout",
      times: 1000,
    });
    await pipeline().process("failed.jpg", anew(await photograph));
    expect((await pipeline().record("failed.jpg"))?.lastAttempt).toMatchObject({
      status: "FAILED",
      error: { name: "Sandbox.Timedout" },
    });
  });

  it("are asked for anew where a duplicate cannot be copied", async () => {
    const file = anew(await photograph);
    await pipeline().process("kept.jpg", file);
    pipeline().engine.faults.add({
      target: { service: "s3", operation: "CopyObject" },
      kind: "error500",
      times: 1000,
    });
    const execution = await pipeline().process("not copied.jpg", file);
    expect(execution.status).toBe("SUCCEEDED");
    expect((await pipeline().record("not copied.jpg"))?.published?.recognition?.labels).toHaveLength(1);
  });

  it.each(["DetectLabels", "DetectModerationLabels"])(
    "are left out without the right to %s",
    async (operation) => {
      const [grant] = pipeline()
        .engine.permissions.grants()
        .filter(({ action }) => action === `rekognition:${operation}`);
      expect(grant).toMatchObject({ role: "image-pipeline-dev-recognise-role", resource: "*" });
      if (!grant) return;
      const giveBack = pipeline().engine.permissions.withhold(grant);
      await pipeline()
        .process(`${operation}.jpg`, anew(await photograph))
        .finally(giveBack);
      const { published } = (await pipeline().record(`${operation}.jpg`)) ?? {};
      expect(published?.variants).toHaveLength(2);
      expect(published?.recognition).toEqual({ notRecognised: expect.any(String) });
    },
  );

  it.each([
    ["recognise", "s3:GetObject"],
    ["workflow", "lambda:InvokeFunction"],
  ])("are left out where %s lacks %s", async (name, action) => {
    const grants = pipeline().engine.permissions.grants();
    const found = grants.filter(
      (each) => each.role === `image-pipeline-dev-${name}-role` && each.action === action,
    );
    const grant = found.find(({ resource }) => name === "recognise" || resource.includes("recognise"));
    expect(grant).toBeDefined();
    if (!grant) return;
    const giveBack = pipeline().engine.permissions.withhold(grant);
    await pipeline()
      .process(`without ${name}.jpg`, anew(await photograph))
      .finally(giveBack);
    expect((await pipeline().record(`without ${name}.jpg`))?.published?.recognition).toEqual({
      notRecognised: expect.any(String),
    });
    expect((await pipeline().record(`without ${name}.jpg`))?.status).toBe("PROCESSED");
  });
});

describe("what is fairly certain not to be wanted", () => {
  // The stand-in is as certain as that.
  const pipeline = withSetting({ moderation: true, withholdConfidence: 55 });

  it("is rejected with a sentence, told, and nothing of it is published or left", async () => {
    const told = await pipeline().subscribeToOutcomes();
    const { calls, stop } = watchCalls(pipeline());
    const execution = await pipeline().process("withheld.jpg", anew(await photograph));
    stop();
    expect(execution).toMatchObject({ status: "FAILED", error: "ImageRejected" });
    const rejection = {
      code: "MODERATED",
      reason: `The picture is not shown, since a program has seen "${STAND_IN}" in it. If it is mistaken, ask whoever runs this.`,
    };
    const record = await pipeline().record("withheld.jpg");
    expect(record).toMatchObject({ status: "REJECTED", lastAttempt: { rejection } });
    expect(record).not.toHaveProperty("published");
    expect(await told(1)).toMatchObject([{ status: "REJECTED", rejection }]);
    await expect.poll(() => pipeline().filesOf(record?.imageId ?? "")).toEqual([]);
    expect(calls).toEqual(["DetectModerationLabels"]);
  });

  it("leaves what was published before it", async () => {
    // Too small to be looked at.
    await pipeline().process("before.png", await plain(60, 40).png().toBuffer());
    const before = await pipeline().record("before.png");
    await pipeline().process("before.png", anew(await photograph));
    const after = await pipeline().record("before.png");
    expect(after).toMatchObject({ status: "REJECTED", lastAttempt: { rejection: { code: "MODERATED" } } });
    expect(after?.published).toEqual(before?.published);
    const kept = before?.published?.variants.map(({ key }) => key) ?? [];
    expect(await pipeline().filesOf(before?.imageId ?? "")).toEqual([...new Set(kept)].sort());
  });

  it("is not copied either: a file that comes a second time is looked at again", async () => {
    const file = anew(await photograph);
    await pipeline().process("once.jpg", file);
    await pipeline().process("twice.jpg", file);
    expect((await pipeline().record("twice.jpg"))?.status).toBe("REJECTED");
  });
});
