import type { EngineEvents, Fault } from "stack-engine";
import { afterEach, describe, expect } from "vitest";
import { endedResult } from "../../cli/results.ts";
import { anew, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});
afterEach(() => pipeline.engine.faults.clear());

const STEPS = [
  ["validate", "Validate"],
  ["resize", "Resize"],
  ["watermark", "Watermark"],
  ["record-metadata", "RecordMetadata"],
] as const;
const KINDS = ["throttle", "timeout", "kill", "disconnect", "service-exception"] as const;

describe("a fault that passes is retried, and the image processed in the end:", () => {
  it.each(STEPS.flatMap(([name, state]) => KINDS.map((kind) => [name, kind, state] as const)))(
    "%s, %s",
    async (name, kind, state) => {
      // These end a process each time.
      const times = kind === "kill" || kind === "timeout" ? 1 : 2;
      pipeline.engine.faults.add({ target: { service: "lambda", function: name }, kind, times });
      const key = `${name}-${kind}.png`;
      const execution = await pipeline.process(key, anew(red));
      expect(execution.status).toBe("SUCCEEDED");
      expect(pipeline.retriesOf(execution, state)).toBe(times);
      expect(await pipeline.record(key)).toMatchObject({ status: "PROCESSED" });
      expect((await pipeline.record(key))?.published?.variants).toHaveLength(8);
    },
  );

  it.each<[string, Fault]>([
    ["S3 answering 500", { target: { service: "s3", operation: "GetObject" }, kind: "error500", times: 4 }],
    [
      "S3 refusing writes",
      { target: { service: "s3", operation: "PutObject", key: ".raw" }, kind: "error500", times: 4 },
    ],
    [
      "S3 being slow",
      { target: { service: "s3", operation: "GetObject" }, kind: "slow", times: 3, delayMs: 300 },
    ],
    ["DynamoDB answering 500", { target: { service: "dynamodb" }, kind: "error500", times: 4 }],
    ["DynamoDB being slow", { target: { service: "dynamodb" }, kind: "slow", times: 2, delayMs: 300 }],
  ])("%s", async (what, fault) => {
    const key = `${what}.png`;
    // The upload and the start are to succeed: the fault is added once the execution is under way.
    const started = pipeline.nextHas("started");
    const version = await pipeline.upload(key, anew(red));
    await started;
    pipeline.engine.faults.add(fault);
    expect((await pipeline.ended(version)).status).toBe("SUCCEEDED");
    expect(await pipeline.record(key)).toMatchObject({ status: "PROCESSED" });
  });

  it("S3 refusing writes for now: it is waited out as Lambda's own overload is", async () => {
    const target = { service: "s3", operation: "PutObject", key: ".raw" };
    // A try is three of the SDK's.
    pipeline.engine.faults.add({ target, kind: "throttle", times: 6 });
    const execution = await pipeline.process("slow-down.png", anew(red));
    expect(execution.status).toBe("SUCCEEDED");
    const errors = pipeline
      .events("stateRetried")
      .flatMap((event) => (event.execution.arn === execution.arn ? event.error : []));
    expect(errors.length).toBeGreaterThan(0);
    expect(new Set(errors)).toEqual(new Set(["Throttled"]));
  });

  it("start-execution, throttled: the message is tried again", async () => {
    pipeline.engine.faults.add({
      target: { service: "lambda", function: "start-execution" },
      kind: "throttle",
      times: 1,
    });
    const execution = await pipeline.process("start-throttled.png", anew(red));
    expect(execution.status).toBe("SUCCEEDED");
  });
});

describe("a fault that stays is given up on, recorded as FAILED and told:", () => {
  it.each([
    ["throttle", "Lambda.TooManyRequestsException", 200],
    ["kill", "Runtime.ExitError", 3],
    ["timeout", "Sandbox.Timedout", 3],
    ["disconnect", "Lambda.SdkClientException", 6],
  ] as const)("resize, %s", async (kind, name, retries) => {
    const told = await pipeline.subscribeToOutcomes();
    pipeline.engine.faults.add({ target: { service: "lambda", function: "resize" }, kind, times: 1000 });
    const key = `always-${kind}.png`;
    const execution = await pipeline.process(key, anew(red));
    expect(execution).toMatchObject({ status: "FAILED", error: "ImageFailed" });
    expect(pipeline.retriesOf(execution, "Resize")).toBe(retries);
    const [end] = pipeline.events("ended").filter((event) => event.execution.arn === execution.arn);
    // What npm start shows, and finds the advice with.
    expect(end && endedResult(end.execution)).toMatchObject({
      reason: expect.stringMatching(`^${name}: [^{]+$`),
    });
    const record = await pipeline.record(key);
    expect(record).toMatchObject({
      status: "FAILED",
      lastAttempt: { status: "FAILED", error: { name, message: expect.stringMatching(/./) } },
    });
    expect(record).not.toHaveProperty("published");
    expect(await told(1)).toMatchObject([{ status: "FAILED", error: { name } }]);
  });

  it("record-metadata, whose answers are lost: what it published stays a success, and is told as one", async () => {
    const told = await pipeline.subscribeToOutcomes();
    const target = { service: "lambda", function: "record-metadata" } as const;
    // The failure branch invokes the same function after that.
    pipeline.engine.faults.add({ target, kind: "disconnect", times: 7 });
    const execution = await pipeline.process("unheard.png", anew(red));
    expect(pipeline.retriesOf(execution, "RecordMetadata")).toBe(6);
    expect(execution.status).toBe("SUCCEEDED");
    const record = await pipeline.record("unheard.png");
    expect(record).toMatchObject({ status: "PROCESSED", lastAttempt: { status: "PROCESSED" } });
    expect(record?.published?.variants).toHaveLength(8);
    expect(new Set((await told(8)).map(({ status }) => status))).toEqual(new Set(["PROCESSED"]));
  });

  it("record-metadata, whose answers are lost, and then the topic: what it published stays a success", async () => {
    const target = { service: "lambda", function: "record-metadata" } as const;
    pipeline.engine.faults.add({ target, kind: "disconnect", times: 7 });
    const topic = { target: { service: "sns", operation: "Publish" }, kind: "error500", share: 1 } as const;
    const listen = (event: EngineEvents["execution"][0]) => {
      const state = event.type === "stateEntered" ? event.state : undefined;
      if (state === "RecordFailure") pipeline.engine.faults.add(topic);
      if (state === "Tell") pipeline.engine.faults.clear();
    };
    const atWork = new Set<string>();
    const { events } = pipeline.engine;
    events.on("invocation", ({ requestId }) => atWork.add(requestId));
    events.on("report", ({ requestId }) => atWork.delete(requestId));
    events.on("execution", listen);
    const execution = await pipeline.process("unheard, untold.png", anew(red));
    events.off("execution", listen);
    // Nobody heard them, and they would tell whoever subscribes next.
    await expect.poll(() => atWork.size).toBe(0);
    expect(pipeline.events("stateEntered").map(({ state }) => state)).toContain("Tell");
    expect(execution.status).toBe("SUCCEEDED");
    expect((await pipeline.record("unheard, untold.png"))?.status).toBe("PROCESSED");
  });

  it("record-metadata: recorded and told all the same, by whom Step Functions told", async () => {
    const told = await pipeline.subscribeToOutcomes();
    pipeline.engine.faults.add({
      target: { service: "lambda", function: "record-metadata" },
      kind: "throttle",
      times: 1000,
    });
    const execution = await pipeline.process("unrecorded.png", anew(red));
    expect(execution).toMatchObject({ status: "FAILED", error: "ImageFailed" });
    const error = { name: "Lambda.TooManyRequestsException" };
    expect(await told(1)).toMatchObject([{ status: "FAILED", original: { key: "unrecorded.png" }, error }]);
    // It tells before it records.
    await expect
      .poll(() => pipeline.record("unrecorded.png"))
      .toMatchObject({ status: "FAILED", lastAttempt: { error } });
  });

  it.each([
    { key: "told-later.png", status: "PROCESSED" },
    { key: "told-later.jpg", status: "REJECTED" },
  ])(
    "the topic, for a while: it is told of what is $status once that can be done",
    async ({ key, status }) => {
      const told = await pipeline.subscribeToOutcomes();
      // Three tries of the SDK, each; it has some of them in stock for all that fails.
      pipeline.engine.faults.add({ target: { service: "sns" }, kind: "error500", times: 6 });
      const execution = await pipeline.process(key, status === "PROCESSED" ? red : Buffer.from("no image"));
      expect(pipeline.retriesOf(execution, "Tell")).toBe(1);
      expect(await told(1)).toMatchObject([
        { status, original: { bucket: pipeline.names.original, key }, execution: execution.arn },
      ]);
    },
  );

  it("the topic: the image is processed, whether or not anybody can be told", async () => {
    const failed = pipeline.metric("NotificationsFailed").length;
    pipeline.engine.faults.add({ target: { service: "sns" }, kind: "error500", times: 100 });
    const processed = await pipeline.process("untold.png", anew(red));
    expect(processed.status).toBe("SUCCEEDED");
    expect(pipeline.retriesOf(processed, "Tell")).toBe(20);
    const rejected = await pipeline.process("untold.jpg", Buffer.from("no image"));
    expect(rejected).toMatchObject({ status: "FAILED", error: "ImageRejected" });
    expect(pipeline.retriesOf(rejected, "Tell")).toBe(20);
    // Of both images: where it was recorded, and each time that Tell tried.
    await expect.poll(() => pipeline.metric("NotificationsFailed").length - failed).toBe(2 * (1 + 21));
  });

  it("an outcome counts once, and failures apart from rejections", async () => {
    await pipeline.idle();
    const failed = pipeline.metric("ImagesFailed").length;
    pipeline.engine.faults.add({
      target: { service: "lambda", function: "watermark" },
      kind: "throttle",
      times: 1000,
    });
    await pipeline.process("counted.png", anew(red));
    await pipeline.idle();
    expect(pipeline.metric("ImagesFailed").length).toBe(failed + 1);
  });
});
