import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { isCliLeftOut } from "../fixtures/aws-cli.ts";
import { red } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";
import { Runbook } from "../fixtures/runbook.ts";

/** Each command of the AWS CLI takes a second to start. */
vi.setConfig({ testTimeout: 180_000 });
const folder = mkdtempSync(join(tmpdir(), "image-pipeline-runbook-"));

let pipeline: Pipeline;
let runbook: Runbook;
beforeAll(async () => {
  pipeline = await startPipeline();
  runbook = new Runbook(pipeline, folder);
});
afterAll(async () => {
  await pipeline.stop();
  rmSync(folder, { recursive: true });
});

describe.skipIf(isCliLeftOut)("records are copied back from a restored table:", () => {
  const keys = ["lost.png", "changed.png", "deleted.png"];
  const before: Record<string, unknown> = {};

  /** A table as point-in-time recovery would make it, of the records as they are now. */
  async function restored(): Promise<void> {
    const { endpoint, region } = pipeline.engine;
    const TableName = `${pipeline.names.table}-restored`;
    const client = new DynamoDBClient({ endpoint, region, credentials: CREDENTIALS });
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "imageId", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "imageId", KeyType: "HASH" }],
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
    client.destroy();
    for (const Item of Object.values(before))
      await pipeline.clients.table.send(new PutCommand({ TableName, Item: Item as Record<string, unknown> }));
  }

  beforeAll(async () => {
    await Promise.all(keys.map((key) => pipeline.process(key, red)));
    for (const key of keys) before[key] = await pipeline.record(key);
    await pipeline.clients.s3.send(
      new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: "deleted.png" }),
    );
    await Promise.all(["lost.png", "deleted.png"].map((key) => pipeline.forget(key)));
    await pipeline.process("changed.png", red);
  });

  it("those that are missing, but for images that were deleted", async () => {
    await restored();
    const changed = await pipeline.record("changed.png");
    const said = await runbook.follow("Restore records");
    expect(said).toContain("{ copied: 1, present: 1, deleted: 1 }");
    expect(await pipeline.record("lost.png")).toEqual(before["lost.png"]);
    expect(await pipeline.record("changed.png")).toEqual(changed);
    expect(await pipeline.record("deleted.png")).toBeUndefined();
    const TableName = `${pipeline.names.table}-restored`;
    const gone = pipeline.clients.table.send(new GetCommand({ TableName, Key: { imageId: "x" } }));
    await expect(gone).rejects.toThrow(/not found|non-existent/);
  });

  it("and over those that are there when that is wanted", async () => {
    await restored();
    const overwriting = (commands: string) => commands.replace(/^node /m, "OVERWRITE=1 node ");
    expect(await runbook.follow("Restore records", undefined, overwriting)).toContain(
      "copied: 2, present: 0",
    );
    expect(await pipeline.record("changed.png")).toEqual(before["changed.png"]);
  });
});

describe.skipIf(isCliLeftOut)("one user's data", () => {
  let ann: ApiClient;
  let bob: ApiClient;
  const send = async (client: ApiClient): Promise<string> => {
    const headers = { "content-type": "image/png" };
    const { body } = await client.call("POST", "/images", { body: new Uint8Array(red), headers });
    await expect.poll(async () => (await pipeline.recordOf(body.imageId))?.status).toBe("PROCESSED");
    return body.imageId;
  };

  /** Every version, deleted ones too. */
  async function versionsIn(bucket: "original" | "processed", Prefix: string): Promise<number> {
    const { Versions = [], DeleteMarkers = [] } = await pipeline.clients.s3.send(
      new ListObjectVersionsCommand({ Bucket: pipeline.names[bucket], Prefix }),
    );
    return Versions.length + DeleteMarkers.length;
  }

  it("goes entirely, with what was deleted before; everybody else's stays", async () => {
    [ann, bob] = await Promise.all([
      apiClientOf(pipeline, "ann@example.org"),
      apiClientOf(pipeline, "bob@example.org"),
    ]);
    const [kept, deleted, others] = [await send(ann), await send(ann), await send(bob)];
    const { owner } = (await pipeline.recordOf(kept)) ?? {};
    await ann.call("DELETE", `/images/${deleted}`);
    expect(await versionsIn("processed", `files/${owner}/${deleted}/`)).toBeGreaterThan(0);

    const said = await runbook.follow("Delete one user's data");
    expect(said.trim().split("\n")).toEqual([owner, "0", "0"]);

    expect(await versionsIn("original", `users/${owner}/`)).toBe(0);
    expect(await versionsIn("processed", `files/${owner}/`)).toBe(0);
    expect(await pipeline.recordOf(kept)).toBeUndefined();
    const table = await pipeline.clients.table.send(new ScanCommand({ TableName: pipeline.names.table }));
    expect(JSON.stringify(table.Items)).not.toContain(owner);
    expect(await pipeline.recordOf(others)).toMatchObject({ status: "PROCESSED" });
    expect((await bob.get(`/images/${others}`)).status).toBe(200);
    const { owner: bobs } = (await pipeline.recordOf(others)) ?? {};
    expect(await versionsIn("processed", `files/${bobs}/${others}/`)).toBe(4);
    expect(await runbook.follow("Delete one user's data", [0])).toBe("None\n");
  });
});
