import { DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeAll, describe, expect } from "vitest";
import { runHere } from "../cli/command-support.ts";
import { blue, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});
afterEach(() => pipeline.engine.faults.clear());

/** The command, as an operator types it. */
async function reprocess(...options: string[]): Promise<string> {
  const { code, out, err } = await runHere("reprocess", ["--endpoint", pipeline.engine.endpoint, ...options]);
  expect(code, err).toBe(0);
  await pipeline.idle();
  return out;
}

describe("npm run reprocess", () => {
  const keys = ["again/a.png", "again/b.png", "again/b/c.png"];
  beforeAll(async () => {
    await Promise.all(keys.map((each) => pipeline.process(each, red)));
  });

  it("processes one image again", async () => {
    const before = await pipeline.record("again/a.png");
    expect(await reprocess("--key", "again/a.png")).toMatch(
      /^1 image was sent to be processed again, as the run \S+\.$/m,
    );
    expect(pipeline.timesStarted(...keys)).toEqual([2, 1, 1]);
    const after = await pipeline.record("again/a.png");
    expect(after).toMatchObject({
      status: "PROCESSED",
      lastAttempt: { sequencer: before?.lastAttempt?.sequencer },
      uploadedAt: before?.uploadedAt,
    });
    expect(after?.lastAttempt?.execution.name).toMatch(/^a-png-[0-9a-f]{32}$/);
    expect(after?.lastAttempt?.execution.name).not.toBe(before?.lastAttempt?.execution.name);
    expect(after?.previous).toEqual(before?.published);
    expect(after?.published?.version).not.toBe(before?.published?.version);
  });

  it("processes all under a prefix", async () => {
    expect(await reprocess("--prefix", "again/b")).toContain("2 images were sent");
    expect(pipeline.timesStarted(...keys)).toEqual([2, 2, 2]);
  });
});

describe("what an incident left is put right:", () => {
  it("images that failed, once the fault is mended", async () => {
    const resize = { service: "lambda", function: "resize" } as const;
    pipeline.engine.faults.add({ target: resize, kind: "throttle", times: 1000 });
    await Promise.all(["failed/1.png", "failed/2.png"].map((each) => pipeline.process(each, red)));
    expect(await pipeline.record("failed/1.png")).toMatchObject({
      status: "FAILED",
      lastAttempt: { error: expect.anything() },
    });
    pipeline.engine.faults.clear();
    expect(await reprocess("--status", "FAILED", "--prefix", "failed/")).toContain("2 images were sent");
    for (const each of ["failed/1.png", "failed/2.png"]) {
      const record = await pipeline.record(each);
      expect(record).toMatchObject({ status: "PROCESSED" });
      expect(record?.lastAttempt).not.toHaveProperty("error");
    }
  });

  it("an image that failed, because its execution was stopped", async () => {
    const read = pipeline.hold({ service: "s3", operation: "GetObject", key: "stuck.png" });
    const version = await pipeline.upload("stuck.png", red);
    await read.reached();
    const [execution] = pipeline.executionsOf("stuck.png");
    await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: execution?.arn }));
    expect((await pipeline.ended(version)).status).toBe("ABORTED");
    read.release();
    await expect.poll(async () => (await pipeline.record("stuck.png"))?.status).toBe("FAILED");
    await reprocess("--status", "FAILED", "--prefix", "stuck");
    expect((await pipeline.record("stuck.png"))?.status).toBe("PROCESSED");
  });

  it("an image whose record was never made; a later upload goes before it all the same", async () => {
    await pipeline.process("users/ann/lost.png", red);
    await pipeline.forget("users/ann/lost.png");
    const published = await pipeline.filesOf(pipeline.imageIdOf("users/ann/lost.png"));
    await pipeline.clients.s3.send(
      new DeleteObjectsCommand({
        Bucket: pipeline.names.processed,
        Delete: { Objects: published.map((Key) => ({ Key })) },
      }),
    );
    await pipeline.processAgain("users/ann/lost.png");
    const record = await pipeline.record("users/ann/lost.png");
    expect(record).toMatchObject({
      status: "PROCESSED",
      owner: "ann",
      name: "lost.png",
      lastAttempt: { sequencer: "0".repeat(32) },
      downloads: {},
    });
    const shown = new Set(record?.published?.variants.map(({ key }) => key));
    expect(await pipeline.filesOf(record?.imageId ?? "")).toEqual([...shown].sort());
    await pipeline.process("users/ann/lost.png", blue);
    expect((await pipeline.record("users/ann/lost.png"))?.published?.original.width).toBe(90);
  });
});

it("name, caption, owner and downloads stay", async () => {
  await pipeline.process("users/ann/named.png", red);
  await pipeline.clients.table.send(
    new UpdateCommand({
      TableName: pipeline.names.table,
      Key: { imageId: pipeline.imageIdOf("users/ann/named.png") },
      UpdateExpression: "SET #name = :name, caption = :caption, downloads = :downloads",
      ExpressionAttributeNames: { "#name": "name" },
      ExpressionAttributeValues: { ":name": "Mine", ":caption": "in Bern", ":downloads": { large: 3 } },
    }),
  );
  await pipeline.processAgain("users/ann/named.png");
  expect(pipeline.timesStarted("users/ann/named.png")).toEqual([2]);
  expect(await pipeline.record("users/ann/named.png")).toMatchObject({
    status: "PROCESSED",
    name: "Mine",
    caption: "in Bern",
    owner: "ann",
    downloads: { large: 3 },
  });
});

describe("a message that comes twice starts once, and changes nothing the second time:", () => {
  it("later", async () => {
    await pipeline.process("sent twice.png", red);
    await pipeline.processAgain("sent twice.png", "run-1");
    const after = await pipeline.record("sent twice.png");
    await pipeline.processAgain("sent twice.png", "run-1");
    expect(pipeline.timesStarted("sent twice.png")).toEqual([2]);
    expect(await pipeline.record("sent twice.png")).toEqual(after);
    await pipeline.processAgain("sent twice.png", "run-2");
    await pipeline.processAgain("sent twice.png", "run-1");
    expect(pipeline.timesStarted("sent twice.png")).toEqual([3]);
    expect((await pipeline.record("sent twice.png"))?.status).toBe("PROCESSED");
  });

  it("at once, of an image without a record", async () => {
    await pipeline.process("at once.png", red);
    await pipeline.forget("at once.png");
    await Promise.all(["run", "run", "run"].map((run) => pipeline.askAgain("at once.png", run)));
    await pipeline.idle();
    expect(pipeline.timesStarted("at once.png")).toEqual([2]);
    expect((await pipeline.record("at once.png"))?.status).toBe("PROCESSED");
  });
});
