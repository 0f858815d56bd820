import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, DeleteObjectsCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { SQSClient, StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, vi } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { isCliLeftOut } from "../fixtures/aws-cli.ts";
import { blue, red } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";
import { blocks, headings, links, Runbook, refusedByCli } from "../fixtures/runbook.ts";
import { it } from "../fixtures/shared-pipeline.ts";

/** Each command of the AWS CLI takes a second to start. */
vi.setConfig({ testTimeout: 180_000 });
const folder = mkdtempSync(join(tmpdir(), "image-pipeline-runbook-"));
const [A, B] = ["holidays/a.jpg", "holidays/b.jpg"];

let pipeline: Pipeline;

async function use(started: Pipeline): Promise<void> {
  pipeline = started;
  await Promise.all([A, B].map((key) => pipeline.process(key, red)));
}

afterAll(() => rmSync(folder, { recursive: true }));

const statusOf = async (key: string) => (await pipeline.record(key))?.status;
const timesStarted = (key: string) => pipeline.executionsOf(key).length;
const deadLetters = () => pipeline.engine.outputs.dead_letter_queue_url;

/** The message that a lost upload has left. */
const letterOf = (key: string) =>
  JSON.stringify({ reprocess: { bucket: pipeline.names.original, key, run: `letter-${Math.random()}` } });

/** As the API deletes. */
async function remove(key: string): Promise<void> {
  const { s3 } = pipeline.clients;
  await s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: key }));
  const Objects = (await pipeline.filesOf(pipeline.imageIdOf(key))).map((Key) => ({ Key }));
  await s3.send(new DeleteObjectsCommand({ Bucket: pipeline.names.processed, Delete: { Objects } }));
  await pipeline.forget(key);
}

it("every link within the page leads somewhere", () => {
  const anchors = headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  expect(links.length).toBeGreaterThan(20);
});

describe("with an SDK as with the command line:", () => {
  it.beforeAll(({ pipeline: shared }) => use(shared));

  it("a dead letter that goes back is processed", async () => {
    const { endpoint, region } = pipeline.engine;
    await pipeline.sendToQueue(deadLetters(), letterOf(B));
    const before = timesStarted(B);
    const sqs = new SQSClient({ endpoint, region, credentials: CREDENTIALS });
    const SourceArn = `arn:aws:sqs:${region}:000000000000:${deadLetters()?.split("/").at(-1)}`;
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
    sqs.destroy();
    await expect.poll(() => timesStarted(B)).toBe(before + 1);
    await pipeline.idle();
    expect(await pipeline.messagesIn(deadLetters())).toBe(0);
  });

  it("a deleted object comes back when its delete marker goes, and is processed when somebody asks", async () => {
    await remove(A);
    const { s3 } = pipeline.clients;
    const place = { Bucket: pipeline.names.original, Key: A };
    const { DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: place.Bucket, Prefix: place.Key }),
    );
    await s3.send(new DeleteObjectCommand({ ...place, VersionId: DeleteMarkers[0]?.VersionId }));
    await pipeline.askAgain(A);
    await pipeline.idle();
    expect(await pipeline.record(A)).toMatchObject({
      status: "PROCESSED",
      published: { original: { width: 60 } },
    });
    expect(await pipeline.filesOf(pipeline.imageIdOf(A))).toHaveLength(4);
  });
});

describe.skipIf(isCliLeftOut)("the commands of the page do what it says:", () => {
  let runbook: Runbook;
  beforeAll(async () => {
    await use(await startPipeline());
    runbook = new Runbook(pipeline, folder);
  });
  afterEach(() => pipeline.engine.faults.clear());
  afterAll(() => pipeline.stop());

  it("dead letters are shown, poison is taken out, and the others go back", async () => {
    for (const body of ["poison", letterOf(B)]) await pipeline.sendToQueue(deadLetters(), body);
    const shown = await runbook.follow("dead-letters", undefined, (commands) =>
      commands.replace("--visibility-timeout 5", "--visibility-timeout 0"),
    );
    expect(shown).toMatch(/"ApproximateNumberOfMessages": "2"/);
    expect(shown).toContain("poison");
    const before = timesStarted(B);
    const soonSeenAgain = (commands: string) =>
      commands.replace("--visibility-timeout 60", "--visibility-timeout 1");
    const listed = await runbook.follow("Redrive the dead letters", [1, 2], soonSeenAgain);
    expect(listed).toMatch(/^0 {2}poison\n1 {2}\{"reprocess"/);
    await expect
      .poll(() => runbook.follow("Redrive the dead letters", [0]).then(() => timesStarted(B)))
      .toBe(before + 1);
    await pipeline.idle();
    expect(await pipeline.messagesIn(deadLetters())).toBe(0);
  });

  it("failed images are shown with their error, and are processed again, as stopped ones are", async () => {
    const { faults } = pipeline.engine;
    faults.add({ target: { service: "lambda", function: "resize" }, kind: "kill", times: 100 });
    await pipeline.process(A, red);
    expect(await runbook.follow("failed-images")).toMatch(/holidays\/a\.jpg\tRuntime\.ExitError\t.+/);
    faults.clear();
    // It is never answered, however often it is asked again: the execution lasts until it is stopped.
    const read = { service: "s3", operation: "GetObject", key: "stuck.jpg" };
    faults.add({ target: read, kind: "slow", times: 1000, delayMs: 600_000 });
    const started = pipeline.nextHas("started");
    await pipeline.upload("stuck.jpg", red);
    await started;
    await runbook.follow("Stop everything", [1]);
    await pipeline.idle();
    faults.clear();
    await expect.poll(() => statusOf("stuck.jpg")).toBe("FAILED");
    expect(await runbook.follow("failed-images")).toMatch(
      /stuck\.jpg\tExecution\.ABORTED\tStopped by an operator/,
    );
    const said = await runbook.follow("Process images again");
    expect(said).toContain("2 images would be processed again.");
    expect(said.match(/(\d) images? (was|were) sent/g)).toEqual([
      "2 images were sent",
      "2 images were sent",
      expect.stringMatching(/^[12] image/),
    ]);
    await pipeline.idle();
    for (const key of [A, B, "stuck.jpg"]) expect(await statusOf(key)).toBe("PROCESSED");
  });

  it("everything stops, uploads wait, and all goes on", async () => {
    expect(await runbook.follow("uploads-wait-too-long")).toMatch(/\tEnabled\t/);
    expect(await runbook.follow("Stop everything")).toContain("Disabling");
    await pipeline.upload("waiting.jpg", red);
    expect(await runbook.follow("uploads-wait-too-long")).toMatch(
      /"ApproximateNumberOfMessages": "1".*\tDisabled\t/s,
    );
    expect(timesStarted("waiting.jpg")).toBe(0);
    expect(await runbook.follow("Start again")).toContain("Enabling");
    await expect.poll(() => statusOf("waiting.jpg")).toBe("PROCESSED");
  });

  it("a deleted object is restored, and an overwritten one", async () => {
    await remove(A);
    const listed = await runbook.follow("Restore a deleted object", [1, 0]);
    expect(listed).toMatch(/\tholidays\/a\.jpg\n/);
    await pipeline.idle();
    expect(await pipeline.record(A)).toMatchObject({
      status: "PROCESSED",
      published: { original: { width: 60 } },
    });
    await pipeline.process(A, blue);
    expect((await pipeline.record(A))?.published?.original.width).toBe(90);
    const versionId =
      (await runbook.follow("Restore an overwritten original")).trim().split("\n").at(-1) ?? "";
    await pipeline.ended(versionId);
    expect(await pipeline.record(A)).toMatchObject({
      status: "PROCESSED",
      published: { original: { versionId, width: 60 } },
    });
  });

  it("what can only be looked at here is shown", async () => {
    expect(await runbook.follow("Restore an archived original")).toMatch(/^\S+\tNone\n$/);
    expect(await runbook.follow("api-errors")).toBe("200\n");
    await runbook.follow("storage-metrics-missing");
    const metrics = JSON.parse(readFileSync(join(folder, "metrics.json"), "utf8"));
    expect(metrics[pipeline.names.original]).toMatchObject({ objects: expect.any(Number) });
  });

  it("every command that is for AWS only is one that the command line takes", async () => {
    const commands = blocks.filter(({ isOnAwsOnly }) => isOnAwsOnly).map((block) => block.commands);
    expect(commands.length).toBeGreaterThan(10);
    expect(await refusedByCli(commands.join("\n"))).toBe("");
    expect(await refusedByCli("aws sqs start-message-move-task --source-url x")).toContain("=>");
  });
});
