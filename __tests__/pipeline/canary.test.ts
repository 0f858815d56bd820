import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import sharp from "sharp";
import { afterAll, afterEach, describe, expect } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { neverSeen } from "../../functions/canary/trial.ts";
import { environmentOf, runHere } from "../cli/command-support.ts";
import { sample } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";
import { projectFolder } from "../fixtures/stack.ts";

let pipeline: Pipeline;
let lambda: LambdaClient;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
  const { endpoint, region } = pipeline.engine;
  lambda = new LambdaClient({ endpoint, region, credentials: CREDENTIALS });
});
afterEach(() => pipeline.engine.faults.clear());
afterAll(() => lambda?.destroy());

const originals = () => pipeline.keysIn("original", "users/canary/");

/** What the function answered, or how it failed. */
async function trial(): Promise<{ result: unknown; error: string | undefined }> {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: "image-pipeline-dev-canary", Payload: "{}" }),
  );
  const result = JSON.parse(Payload?.transformToString() ?? "null");
  const error = FunctionError === undefined ? undefined : `${result.errorType}: ${result.errorMessage}`;
  return { result, error };
}

describe("the canary", () => {
  it("comes out, is counted, and leaves nothing", async () => {
    const told = await pipeline.subscribeToOutcomes();
    const before = pipeline.metric("CanaryReturned").length;
    const { result } = await trial();
    expect(result).toMatchObject({
      files: 6,
      processedMs: expect.any(Number),
      deletedMs: expect.any(Number),
    });
    expect(pipeline.metric("CanaryReturned").slice(before)).toEqual([1]);
    // By this people are spared its e-mails.
    expect(await told(1)).toMatchObject([
      { status: "PROCESSED", attributes: { owner: { Value: "canary" } } },
    ]);
    await pipeline.idle();
    expect(await originals()).toEqual([]);
    expect(await pipeline.keysIn("processed", "files/canary/")).toEqual([]);
  });

  it("is new each time, and the same picture", async () => {
    const photograph = sample("rocket.jpg");
    const [one, other] = [neverSeen(photograph), neverSeen(photograph)];
    expect(one.equals(other)).toBe(false);
    const pixels = (file: Buffer) => sharp(file, { failOn: "warning" }).raw().toBuffer();
    expect((await pixels(one)).equals(await pixels(photograph))).toBe(true);
  });

  it("that fails is deleted again, and says how far it came and what was wrong", async () => {
    const before = pipeline.metric("CanaryReturned").length;
    pipeline.engine.faults.add({
      target: { service: "lambda", function: "resize" },
      kind: "service-exception",
      times: 1000,
    });
    const { error } = await trial();
    expect(error).toMatch(
      /^CanaryFailed: The photograph users\/canary\/\S+ is FAILED, .* Its execution: arn:aws:states/,
    );
    expect(pipeline.metric("CanaryReturned")).toHaveLength(before);
    await pipeline.idle();
    expect(await originals()).toEqual([]);
  });

  it.each([
    ["s3:PutObject", /AccessDenied/],
    ["s3:DeleteObject", /AccessDenied/],
    ["s3:GetObject", /CanaryFailed: The record names \S+, which cannot be read/],
    ["dynamodb:GetItem", /AccessDenied/],
  ])("needs %s", async (action, sentence) => {
    const grants = pipeline.engine.permissions
      .grants()
      .filter((grant) => grant.role.includes("canary") && grant.action === action);
    expect(grants).toHaveLength(1);
    const giveBack = grants.map((grant) => pipeline.engine.permissions.withhold(grant));
    const { error } = await trial();
    for (const give of giveBack) give();
    expect(error).toMatch(sentence);
    for (const Key of await originals())
      await pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key }));
    await pipeline.idle();
  });
});

it("its schedule needs lambda:InvokeFunction", async () => {
  const schedule = "image-pipeline-dev-canary";
  const giveBack = pipeline.engine.permissions.withhold({
    role: `${schedule}-schedule-role`,
    action: "lambda:InvokeFunction",
  });
  await expect(pipeline.engine.schedules.run(schedule)).rejects.toThrow(/lambda:InvokeFunction/);
  giveBack();
});

it("`npm run canary` says which step it had come to", async () => {
  const { original, processed } = pipeline.names;
  const stack = ["--bucket", original, "--processed-bucket", processed, "--table", "no-such-table"];
  const { code, err } = await runHere("canary", stack, { environment: environmentOf(pipeline.engine) });
  expect(err).toMatch(/^It failed while waiting for the photograph's record: .+\n$/);
  expect(code).toBe(1);
  await pipeline.idle();
});

it("`npm run canary` sends one by hand", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["cli/canary.ts", "--endpoint", pipeline.engine.endpoint],
    { cwd: projectFolder },
  );
  expect(stdout).toMatch(
    /^A photograph came out as 6 files after [\d.]+ s, and was gone [\d.]+ s after its deletion\.\n$/,
  );
});
