import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, describe, expect } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { attentionOf, fileKeysOf } from "../../functions/shared/image-record.ts";
import { apiClientOf } from "../fixtures/api-client.ts";
import { anew, plain } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { age, look } from "../fixtures/reconcile.ts";
import { it } from "../fixtures/shared-pipeline.ts";

const LIMIT = { timeout: 30_000 };

let pipeline: Pipeline;
let image: Buffer;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  image = await plain(40, 30).png().toBuffer();
});
afterEach(() => pipeline.engine.faults.clear());

const statusOf = async (key: string) => (await pipeline.record(key))?.status;
const filesOf = (key: string) => pipeline.filesOf(pipeline.imageIdOf(key));
const putFile = () => ({ service: "s3", operation: "PutObject", key: pipeline.names.processed });

/** As start-execution leaves it, when it does not come to starting. */
async function put(key: string, minutesAgo: number, arn: string): Promise<void> {
  const imageId = pipeline.imageIdOf(key);
  const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const status = "PROCESSING";
  const Item = {
    imageId,
    status,
    attention: attentionOf(imageId, status),
    uploadedAt: at,
    updatedAt: at,
    original: { key, etag: "e", versionId: "v", bytes: 1 },
    lastAttempt: { status, at, sequencer: "1", execution: { arn, name: "lost" } },
    downloads: {},
  };
  await pipeline.clients.table.send(new PutCommand({ TableName: pipeline.names.table, Item }));
}

/** What executions' ARNs begin with. */
const lost = () => pipeline.engine.outputs.state_machine_arn?.replace(":stateMachine:", ":execution:") ?? "";

/** As EventBridge does: late, or once more. */
async function tellOfBadEnd(executionArn: string, input: string): Promise<void> {
  const { endpoint, region } = pipeline.engine;
  const lambda = new LambdaClient({ endpoint, region, credentials: CREDENTIALS });
  const event = {
    "detail-type": "Step Functions Execution Status Change",
    detail: {
      executionArn,
      name: executionArn.split(":").at(-1),
      status: "FAILED",
      startDate: Date.now(),
      input,
    },
  };
  await lambda.send(
    new InvokeCommand({ FunctionName: "image-pipeline-dev-reconcile", Payload: JSON.stringify(event) }),
  );
  lambda.destroy();
}

/** Starts an image, and lets it come to each of the requests; stops its execution at the last. Gives how to let that go on. */
async function stopAt(key: string, ...targets: { service: string; operation: string; key?: string }[]) {
  const started = pipeline.nextHas("started");
  const uploaded = pipeline.upload(key, anew(image));
  await started;
  let release = () => {};
  for (const target of targets) {
    const held = pipeline.hold(target);
    release();
    await held.reached();
    release = held.release;
  }
  const [execution] = pipeline.executionsOf(key);
  await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: execution?.arn }));
  await pipeline.ended(await uploaded);
  return release;
}

describe("an execution that is stopped", () => {
  it("is recorded as failed, told, and can be processed again", async () => {
    const told = await pipeline.subscribeToOutcomes();
    const release = await stopAt("stopped.png", {
      service: "s3",
      operation: "GetObject",
      key: "stopped.png",
    });
    await expect.poll(() => statusOf("stopped.png"), LIMIT).toBe("FAILED");
    // In which state, nobody says.
    expect((await pipeline.record("stopped.png"))?.lastAttempt?.error).toEqual({
      name: "Execution.ABORTED",
      message: "The execution was stopped.",
    });
    expect(await told(1)).toMatchObject([{ status: "FAILED", original: { key: "stopped.png" } }]);
    release();
    await pipeline.askAgain("stopped.png");
    await expect.poll(() => statusOf("stopped.png"), LIMIT).toBe("PROCESSED");
  });

  it("is recorded by what EventBridge tells: Step Functions may say for a while that it runs", async () => {
    const reads = pipeline.hold({ service: "s3", operation: "GetObject", key: "told.png" });
    await pipeline.upload("told.png", anew(image));
    await reads.reached();
    pipeline.engine.faults.add({
      target: { service: "states", operation: "DescribeExecution" },
      kind: "error500",
      times: Number.POSITIVE_INFINITY,
    });
    const [execution] = pipeline.executionsOf("told.png");
    await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: execution?.arn }));
    await expect.poll(() => statusOf("told.png"), LIMIT).toBe("FAILED");
    reads.release();
  });

  it("leaves no file, though a function was still at work for it", async () => {
    const release = await stopAt("writing.png", putFile());
    // By then it has cleared up, too.
    await expect
      .poll(() => pipeline.logsOf("writing.png").map(({ message }) => message), LIMIT)
      .toContain("Recorded as failed: its execution ended without doing so");
    release();
    await expect
      .poll(
        () => pipeline.logsOf("writing.png").map(({ service, message }) => `${service}: ${message}`),
        LIMIT,
      )
      .toContain("watermark: Image superseded");
    expect(await filesOf("writing.png")).toEqual([]);
  });

  it("publishes nothing any more, though its last step comes to writing the record", async () => {
    const release = await stopAt("too late.png", putFile(), {
      service: "dynamodb",
      operation: "UpdateItem",
    });
    await expect.poll(() => statusOf("too late.png"), LIMIT).toBe("FAILED");
    const before = await pipeline.record("too late.png");
    release();
    await expect
      .poll(() => pipeline.logsOf("too late.png").map(({ message }) => message), LIMIT)
      .toContain("Image superseded");
    expect(await pipeline.record("too late.png")).toEqual(before);
    expect(await filesOf("too late.png")).toEqual([]);
  });
});

it("an execution that is stopped when its image is being published is recorded by that, and reconcile does nothing more", async () => {
  const key = "published meanwhile.png";
  const writing = pipeline.hold({ service: "s3", operation: "PutObject", key: "large.webp" });
  const version = await pipeline.upload(key, anew(image));
  await writing.reached();
  const recording = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
  writing.release();
  await recording.reached();
  const [execution] = pipeline.executionsOf(key);
  const telling = pipeline.hold({ service: "sns", operation: "Publish" });
  await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: execution?.arn }));
  await pipeline.ended(version);
  await telling.reached();
  recording.release();
  await expect.poll(() => statusOf(key), LIMIT).toBe("PROCESSED");
  const reported = pipeline.nextReport("reconcile");
  telling.release();
  await reported;
  expect(pipeline.logsOf(key).map(({ message }) => message)).not.toContain("Replaced files stay");
});

it("an outcome that could not be recorded is recorded once it can be", async () => {
  const giveBack = pipeline.engine.permissions.withhold({
    role: "image-pipeline-dev-record-metadata-role",
    action: "dynamodb:UpdateItem",
  });
  await pipeline.process("not recorded.png", anew(image)).finally(giveBack);
  await expect.poll(() => statusOf("not recorded.png"), LIMIT).toBe("FAILED");
  await expect.poll(() => filesOf("not recorded.png")).toEqual([]);
});

it("an execution that was stopped when another one had overtaken it leaves no file, though its last step was killed", async () => {
  const key = "overtaken.png";
  const writing = pipeline.hold({ service: "s3", operation: "PutObject", key: "large.webp" });
  const first = await pipeline.upload(key, anew(image));
  await writing.reached();
  const recording = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
  const kill = pipeline.kill("record-metadata");
  const killed = pipeline.nextReport("record-metadata");
  writing.release();
  await recording.reached();
  const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
  const second = await pipeline.upload(key, anew(image));
  await reading.reached();
  const called = pipeline.nextReport("reconcile");
  const [execution] = pipeline.executionsOf(key);
  await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: execution?.arn }));
  await called;
  kill();
  await Promise.all([killed, pipeline.ended(first)]);
  for (const { release } of [recording, reading]) release();
  await pipeline.ended(second);
  const record = await pipeline.record(key);
  expect(record?.status).toBe("PROCESSED");
  expect(await filesOf(key)).toEqual(fileKeysOf(record?.published).sort());
});

describe("an execution that is about to begin is left alone", () => {
  it("when another one of the image has ended badly", async () => {
    const ann = await apiClientOf(pipeline, "again@example.org");
    const key = `users/${ann.userId}/failed before.png`;
    const target = { service: "lambda", function: "resize" } as const;
    pipeline.engine.faults.add({ target, kind: "service-exception", times: 7 });
    const before = await pipeline.process(key, anew(image));
    expect(await statusOf(key)).toBe("FAILED");
    await pipeline.idle();
    const starting = pipeline.hold({ service: "states", operation: "StartExecution" });
    const asked = ann.call("POST", `/images/${pipeline.imageIdOf(key)}/reprocess`);
    await starting.reached();
    const [{ arn = "", input = "" } = {}] = pipeline.executionsOf(key);
    expect(arn).toBe(before.arn);
    await tellOfBadEnd(arn, input);
    expect(await statusOf(key)).toBe("PROCESSING");
    starting.release();
    expect((await asked).status).toBe(202);
    await expect.poll(() => statusOf(key), LIMIT).toBe("PROCESSED");
    await pipeline.idle();
  });

  it("when it was asked for just as its image was found", async () => {
    const key = "found.png";
    await pipeline.process(key, anew(image));
    await put(key, 11, `${lost()}:found`);
    const reading = pipeline.hold({ service: "dynamodb", operation: "GetItem" });
    const looked = look(pipeline);
    await reading.reached();
    await put(key, 0, `${lost()}:next`);
    reading.release();
    await looked;
    expect(await statusOf(key)).toBe("PROCESSING");
    await pipeline.forget(key);
  });
});

describe("a record that nobody ends", () => {
  it("is told, though the topic could not be told the first time", async () => {
    const told = await pipeline.subscribeToOutcomes();
    await put("not told.png", 11, `${lost()}:untold`);
    // The SDK gives up after the third.
    pipeline.engine.faults.add({ target: { service: "sns" }, kind: "error500", times: 3 });
    await expect(look(pipeline)).rejects.toThrow(/stay as they are/);
    await look(pipeline);
    expect(await statusOf("not told.png")).toBe("FAILED");
    expect(await told(1)).toMatchObject([{ status: "FAILED", original: { key: "not told.png" } }]);
  });

  it("is found after ten minutes, unless its execution runs", async () => {
    await put("eleven.png", 11, `${lost()}:old`);
    await put("nine.png", 9, `${lost()}:young`);
    const started = pipeline.nextHas("started");
    const { release, reached } = pipeline.hold({
      service: "s3",
      operation: "GetObject",
      key: "runs.png",
    });
    const uploaded = pipeline.upload("runs.png", image);
    await started;
    await reached();
    const [running] = pipeline.executionsOf("runs.png");
    await put("long.png", 11, running?.arn ?? "");
    await look(pipeline);
    expect(await Promise.all(["eleven.png", "nine.png", "long.png"].map(statusOf))).toEqual([
      "FAILED",
      "PROCESSING",
      "PROCESSING",
    ]);
    expect((await pipeline.record("eleven.png"))?.lastAttempt?.error?.name).toBe("Execution.Lost");
    release();
    await pipeline.ended(await uploaded);
    await look(pipeline);
    expect(await statusOf("long.png")).toBe("FAILED");
    expect(await statusOf("runs.png")).toBe("PROCESSED");
  });

  it("is found however many there are", async () => {
    // All of one shard.
    const keys = Array.from({ length: 200 }, (_, index) => `lost-${index}.png`)
      .filter((key) => Number.parseInt(pipeline.imageIdOf(key).charAt(0), 16) % 4 === 0)
      .slice(0, 30);
    expect(keys).toHaveLength(30);
    await Promise.all(keys.map((key) => put(key, 11, `${lost()}:${key}`)));
    await look(pipeline);
    expect(new Set(await Promise.all(keys.map(statusOf)))).toEqual(new Set(["FAILED"]));
    await Promise.all(keys.map((key) => pipeline.forget(key)));
  });

  it("is processed again for whoever asks, once no execution can be at work for it", async () => {
    const ann = await apiClientOf(pipeline, "reconcile@example.org");
    const ask = async (key: string) =>
      (await ann.call("POST", `/images/${pipeline.imageIdOf(key)}/reprocess`)).status;
    const key = `users/${ann.userId}/stuck.png`;
    await pipeline.process(key, anew(image));
    const record = await pipeline.record(key);
    /** As if an execution had begun then, and had said nothing since. */
    const begun = (minutesAgo: number, arn: string) => {
      const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
      const status = "PROCESSING";
      const lastAttempt = { ...record?.lastAttempt, status, at, execution: { arn, name: "stuck" } };
      const Item = { ...record, status, lastAttempt };
      return pipeline.clients.table.send(new PutCommand({ TableName: pipeline.names.table, Item }));
    };
    await begun(5, `${lost()}:stuck`);
    expect(await ask(key)).toBe(409);

    const { release, reached } = pipeline.hold({
      service: "s3",
      operation: "GetObject",
      key: "alive.png",
    });
    const uploaded = pipeline.upload("alive.png", anew(image));
    await reached();
    await begun(7, pipeline.executionsOf("alive.png")[0]?.arn ?? "");
    expect(await ask(key)).toBe(409);
    release();
    await pipeline.ended(await uploaded);

    expect(await ask(key)).toBe(202);
    await expect.poll(() => statusOf(key), LIMIT).toBe("PROCESSED");
    expect((await pipeline.record(key))?.lastAttempt?.execution.name).toMatch(/^reprocess-/);
  });
});

it("an image that is published just when Step Functions is asked is not told as failed", async () => {
  const key = "just published.png";
  await pipeline.idle();
  const told = await pipeline.subscribeToOutcomes();
  const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
  const version = await pipeline.upload(key, anew(image));
  await reading.reached();
  await age(pipeline, key, 11);
  const asking = pipeline.hold({ service: "states", operation: "DescribeExecution" });
  const looked = look(pipeline);
  await asking.reached();
  reading.release();
  await pipeline.ended(version);
  asking.release();
  await looked;
  await pipeline.process("next.png", anew(image));
  const outcomes = (await told(2)).map(({ status, original }) => [original, status]);
  const bucket = pipeline.names.original;
  expect(outcomes).toEqual([
    [{ bucket, key }, "PROCESSED"],
    [{ bucket, key: "next.png" }, "PROCESSED"],
  ]);
});
