import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, describe, expect } from "vitest";
import type { Changes, ImageChange } from "../../functions/api/contract.ts";
import { type ApiClient, announce, apiClientOf } from "../fixtures/api-client.ts";
import { anew, red, truncatedJpeg } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
});
afterEach(() => pipeline.engine.faults.clear());

/** Somebody new, who has no images. */
let people = 0;
function somebody(): Promise<ApiClient> {
  people += 1;
  return apiClientOf(pipeline, `watcher${people}@example.org`);
}

async function send(client: ApiClient, file: Buffer = red): Promise<string> {
  const { body } = await client.call("POST", "/images", {
    body: new Uint8Array(file),
    headers: { "content-type": "image/png" },
  });
  return body.imageId;
}

/** In the last minute, unless told. */
async function changesOf(
  client: ApiClient,
  since = new Date(Date.now() - 60_000).toISOString(),
): Promise<Changes> {
  const { status, body } = await client.get(`/images/changes${since && `?since=${since}`}`);
  expect(status).toBe(200);
  return body;
}

/** As soon as there is one of that status. */
function told(client: ApiClient, imageId: string, status: ImageChange["status"]): Promise<ImageChange> {
  return expect
    .poll(async () => (await changesOf(client)).changes.find((change) => change.imageId === imageId))
    .toMatchObject({ status })
    .then(async () => {
      const change = (await changesOf(client)).changes.find((one) => one.imageId === imageId);
      if (change === undefined) throw new Error("It was told, and is not any more.");
      return change;
    });
}

describe("what is told of an image", () => {
  it("is told though something beside it cannot be read, which is logged", async () => {
    const ann = await somebody();
    const imageId = await send(ann);
    await told(ann, imageId, "PROCESSED");
    await pipeline.putItems(pipeline.engine.outputs.changes_table_name ?? "", [
      { owner: ann.userId, change: new Date().toISOString(), imageId: "no id", status: "SOMEHOW" },
    ]);
    const logged = pipeline.nextLogs("What was told of an image cannot be read", 1);
    expect((await changesOf(ann)).changes.map((change) => change.imageId)).toEqual([imageId]);
    await logged;
  });

  it("is each step that begins, and its end, in four writes and without links", async () => {
    const ann = await somebody();
    const imageId = await send(ann);
    const change = await told(ann, imageId, "PROCESSED");
    expect(change.steps).toEqual(
      ["Validate", "Resize", "Watermark"].map((name) => ({
        name,
        startedAt: expect.any(String),
        retries: 0,
      })),
    );
    const times = [...change.steps.map(({ startedAt }) => startedAt), change.at];
    expect(times).toEqual(times.toSorted());
    const { Items = [] } = await pipeline.clients.table.send(
      new QueryCommand({
        TableName: pipeline.names.changes,
        KeyConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":owner": (await pipeline.recordOf(imageId))?.owner },
      }),
    );
    expect(Items).toHaveLength(4);
    expect(JSON.stringify(change).length).toBeLessThan(500);
  });

  it("is a step that is tried again, and one that fails", async () => {
    const ann = await somebody();
    pipeline.engine.faults.add({
      target: { service: "lambda", function: "resize" },
      kind: "throttle",
      times: 2,
    });
    const imageId = await send(ann);
    const { steps } = await told(ann, imageId, "PROCESSED");
    expect(steps.map(({ name, retries }) => [name, retries])).toEqual([
      ["Validate", 0],
      ["Resize", 2],
      ["Watermark", 0],
    ]);
    const rejected = await send(ann, truncatedJpeg());
    const change = await told(ann, rejected, "REJECTED");
    expect(change.failed).toEqual({ name: "Resize", error: "ImageRejected" });
  });

  it("is which step failed, even if it never began", async () => {
    const ann = await somebody();
    const target = { service: "lambda", function: "watermark" } as const;
    pipeline.engine.faults.add({ target, kind: "throttle", times: 999 });
    const { steps, failed } = await told(ann, await send(ann), "FAILED");
    expect(steps.map(({ name }) => name)).toEqual(["Validate", "Resize"]);
    expect(failed).toEqual({ name: "Watermark", error: "Lambda.TooManyRequestsException" });
  });

  it("is the error of a step that is tried again", async () => {
    const ann = await somebody();
    const write = { service: "s3", operation: "PutObject", key: ".raw" };
    // As often as the SDK tries, and as the state machine does.
    pipeline.engine.faults.add({ target: write, kind: "error500", times: 99 });
    const { steps, failed } = await told(ann, await send(ann), "FAILED");
    expect(steps.at(-1)).toMatchObject({ name: "Resize", retries: 3, error: "InternalError" });
    expect(failed).toEqual({ name: "Resize", error: "InternalError" });
  });

  it("is over, though a try of a step that was given up comes to its end after that", async () => {
    const ann = await somebody();
    const target = { service: "lambda", function: "watermark" } as const;
    const held = pipeline.hold({ service: "s3", operation: "PutObject", key: "large.webp" });
    pipeline.engine.faults.add({ target, kind: "disconnect", until: held.reached(), times: 1 });
    const imageId = await send(ann);
    await told(ann, imageId, "PROCESSED");
    const late = pipeline.nextReport("watermark");
    // It finds nothing to publish then.
    await ann.call("DELETE", `/images/${imageId}`);
    await told(ann, imageId, "DELETED");
    await pipeline.idle();
    // What came before then is not told again.
    const since = new Date(Date.now() + 5_001).toISOString();
    held.release();
    await late;
    expect((await changesOf(ann, since)).changes).toEqual([]);
  });

  it("is last what happened last, though something is left to do for what was before that", async () => {
    const ann = await somebody();
    const imageId = await send(ann, anew(red));
    await told(ann, imageId, "PROCESSED");
    await pipeline.idle();
    const marking = pipeline.hold({ service: "s3", operation: "PutObjectTagging", key: imageId });
    await ann.call("POST", `/images/${imageId}/reprocess`);
    await marking.reached();
    await ann.call("DELETE", `/images/${imageId}`);
    await told(ann, imageId, "DELETED");
    marking.release();
    await pipeline.idle();
    await told(ann, imageId, "DELETED");
  });

  it("begins anew with another attempt", async () => {
    const ann = await somebody();
    const imageId = await send(ann);
    const first = await told(ann, imageId, "PROCESSED");
    const read = pipeline.hold({ service: "s3", operation: "GetObject" });
    await ann.call("POST", `/images/${imageId}/reprocess`);
    const again = await told(ann, imageId, "PROCESSING");
    expect(again.steps.map(({ name }) => name)).toEqual(["Validate"]);
    expect((again.steps[0]?.startedAt ?? "") > (first.steps[2]?.startedAt ?? "")).toBe(true);
    read.release();
    await ann.done(imageId);
  });

  it("is that it was deleted, by the API or in the bucket", async () => {
    const ann = await somebody();
    const [one, other] = [await send(ann), await send(ann)];
    await Promise.all([ann.done(one), ann.done(other)]);
    await ann.call("DELETE", `/images/${one}`);
    const Key = (await pipeline.recordOf(other))?.original.key;
    await pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key }));
    await told(ann, one, "DELETED");
    await told(ann, other, "DELETED");
  });

  it("is what reconcile found of it", async () => {
    const ann = await somebody();
    const held = pipeline.hold({ service: "s3", operation: "GetObject" });
    const imageId = await send(ann);
    await held.reached();
    const { execution } = (await pipeline.recordOf(imageId))?.lastAttempt ?? {};
    await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: execution?.arn }));
    held.release();
    await told(ann, imageId, "FAILED");
  });

  it("is nobody else's, and nothing of what is nobody's", async () => {
    const [ann, bob] = [await somebody(), await somebody()];
    await told(ann, await send(ann), "PROCESSED");
    await pipeline.process("nobodys-to-watch.png", red);
    expect((await changesOf(bob)).changes).toEqual([]);
  });

  it("does not come, and harms nothing, where it cannot be told", async () => {
    const ann = await somebody();
    const { filePath } = await announce(ann, red);
    const key = `${filePath.split("/").slice(0, 2).join("/")}/untold.png`;
    pipeline.engine.faults.add({
      target: { service: "dynamodb", operation: "PutItem" },
      kind: "error500",
      times: 99,
    });
    const logged = pipeline.nextLogs("A change of an image was not told", 4);
    expect((await pipeline.process(key, red)).status).toBe("SUCCEEDED");
    await logged;
    pipeline.engine.faults.clear();
    expect((await pipeline.record(key))?.status).toBe("PROCESSED");
    expect((await changesOf(ann)).changes).toEqual([]);
  });
});

describe("a cursor", () => {
  it("comes with what is under way, for whoever has none", async () => {
    const ann = await somebody();
    await told(ann, await send(ann), "PROCESSED");
    const held = pipeline.hold({ service: "s3", operation: "GetObject" });
    const imageId = await send(ann);
    await held.reached();
    await told(ann, imageId, "PROCESSING");
    expect((await changesOf(ann, "")).changes.map((change) => change.imageId)).toEqual([imageId]);
    held.release();
    await ann.done(imageId);
  });

  it("tells of what comes after it, and for some seconds of what came before", async () => {
    const ann = await somebody();
    const first = await changesOf(ann, "");
    expect(first).toMatchObject({ changes: [], isCut: false, waitMs: 15_000 });
    const imageId = await send(ann);
    await told(ann, imageId, "PROCESSED");
    const second = await changesOf(ann, first.cursor);
    expect(second.changes.map((change) => change.imageId)).toEqual([imageId]);
    const later = new Date(Date.parse(second.cursor) + 6_000).toISOString();
    expect((await changesOf(ann, later)).changes).toEqual([]);
  });

  it("is a time: anything else is refused", async () => {
    const ann = await somebody();
    for (const since of ["yesterday", "12", "2026-01-01"])
      expect((await ann.get(`/images/changes?since=${since}`)).status).toBe(400);
  });

  it("is asked for again soon while something is under way, however long nothing changes", async () => {
    const ann = await somebody();
    const held = pipeline.hold({ service: "s3", operation: "GetObject" });
    const imageId = await send(ann);
    await held.reached();
    const future = new Date(Date.now() + 60_000).toISOString();
    await expect.poll(() => changesOf(ann, future)).toMatchObject({ changes: [], waitMs: 1_000 });
    held.release();
    await ann.done(imageId);
    await expect.poll(() => changesOf(ann, future)).toMatchObject({ changes: [], waitMs: 15_000 });
  });

  it("of long ago tells the newest, and that there was more", async () => {
    const ann = await somebody();
    const { filePath } = await announce(ann, red);
    const owner = filePath.split("/")[1];
    const items = Array.from({ length: 525 }, (_, index) => {
      const imageId = index.toString(16).padStart(32, "0");
      const change = `${new Date(Date.now() - index).toISOString()}#${imageId}#PROCESSED`;
      return { owner, change, imageId, status: "PROCESSED" };
    });
    await pipeline.putItems(pipeline.names.changes, items);
    const { changes, isCut } = await changesOf(ann, new Date(Date.now() - 3_600_000).toISOString());
    expect([changes.length, isCut]).toEqual([500, true]);
  });
});
