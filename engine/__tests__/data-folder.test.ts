/** Engines one after the other on the same folder for data. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, symlinkSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Engine, startEngine } from "../engine.ts";
import { callJson, errorName } from "./endpoint-support.ts";
import { ACCOUNT, EVERYTHING, functionArn, policyOf, REGION, roleOf, writeStack } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

const MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:works`;

let folder: string;
let stack: Awaited<ReturnType<typeof writeStack>>;
let engines: Engine[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "data-folder-test-"));
  stack = await writeStack({
    functions: { worker: { code: WORKER } },
    resource: {
      aws_s3_bucket: { photos: { bucket: "photos" } },
      aws_s3_bucket_versioning: {
        photos: { bucket: "photos", versioning_configuration: [{ status: "Enabled" }] },
      },
      aws_s3_object: { page: { bucket: "photos", key: "index.html", content: "<p>", depends_on: VERSIONED } },
      aws_dynamodb_table: {
        items: { name: "items", hash_key: "id", attribute: [{ name: "id", type: "S" }] },
      },
      aws_cognito_user_pool: {
        people: {
          name: "people",
          username_attributes: ["email"],
          username_configuration: { case_sensitive: false },
          auto_verified_attributes: ["email"],
        },
      },
      aws_cognito_user_pool_client: {
        web: { name: "web", user_pool_id: `\${aws_cognito_user_pool.people.id}` },
      },
      aws_sqs_queue: { waiting: { name: "waiting", visibility_timeout_seconds: 600 } },
      aws_iam_role: { works: roleOf("works", "states.amazonaws.com") },
      aws_iam_role_policy: { works: { role: "works", policy: policyOf(EVERYTHING) } },
      aws_sfn_state_machine: {
        works: {
          name: "works",
          definition: JSON.stringify(DEFINITION),
          role_arn: `\${aws_iam_role.works.arn}`,
          depends_on: ["aws_iam_role_policy.works"],
        },
      },
    },
    output: { queue: { value: `\${aws_sqs_queue.waiting.arn}` } },
  });
});
afterEach(async () => {
  for (const engine of engines) await engine.stop();
  engines = [];
  await stack.remove();
  await rm(folder, { recursive: true });
});

const VERSIONED = ["aws_s3_bucket_versioning.photos"];
/** Says that it has begun, and waits until it may end. */
const WORKER = `
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
export async function handler({ begun, gate }) {
  appendFileSync(begun, "begun\\n");
  while (!existsSync(gate)) await setTimeout(10);
  return "done";
}`;
const DEFINITION = {
  StartAt: "Work",
  States: {
    Work: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Parameters: { FunctionName: functionArn("worker"), "Payload.$": "$" },
      OutputPath: "$.Payload",
      End: true,
    },
  },
};

const data = () => join(folder, "data");
async function start() {
  const engine = await startEngine({ stackFile: stack.file, port: 0, retryScale: 0, data: data() });
  engines.push(engine);
  return { engine, ...adminClients(engine) };
}

/** An engine in a process of its own, which can be killed. */
async function startProcess() {
  const code = `const { startEngine } = await import(${JSON.stringify(join(import.meta.dirname, "..", "engine.ts"))});
    const { endpoint } = await startEngine(${JSON.stringify({ stackFile: stack.file, port: 0, data: data() })});
    console.log(endpoint);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [endpoint] = await once(createInterface({ input: child.stdout }), "line");
  const kill = async () => {
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  };
  return { ...adminClients({ endpoint }), kill };
}

const Bucket = "photos";
const objects = () => readdir(join(data(), "objects"));
const QueueUrl = `http://localhost/${ACCOUNT}/waiting`;

describe("the next engine has", () => {
  test("objects with their versions, delete markers, headers and tags, and no file besides", async () => {
    const first = await start();
    const put = (Key: string, Body: string) =>
      first.s3.send(
        new PutObjectCommand({ Bucket, Key, Body, ContentType: "image/x", Metadata: { name: "me" } }),
      );
    const { VersionId } = await put("a", "older");
    await put("a", "newer");
    const TagSet = [{ Key: "replaced", Value: "yes" }];
    await first.s3.send(new PutObjectTaggingCommand({ Bucket, Key: "a", Tagging: { TagSet } }));
    await put("b", "deleted");
    await first.s3.send(new DeleteObjectCommand({ Bucket, Key: "b" }));
    const gone = await put("c", "gone");
    await first.s3.send(new DeleteObjectCommand({ Bucket, Key: "c", VersionId: gone.VersionId }));
    const list = new ListObjectVersionsCommand({ Bucket });
    const { Versions, DeleteMarkers } = await first.s3.send(list);
    await first.engine.stop();
    await writeFile(join(data(), "objects", "unfinished"), "an upload");

    const { s3 } = await start();
    expect(await s3.send(list)).toMatchObject({ Versions, DeleteMarkers });
    const older = await s3.send(new GetObjectCommand({ Bucket, Key: "a", VersionId }));
    expect(await older.Body?.transformToString()).toBe("older");
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "a" }));
    expect(head).toMatchObject({ ContentType: "image/x", Metadata: { name: "me" }, ContentLength: 5 });
    expect(await s3.send(new GetObjectTaggingCommand({ Bucket, Key: "a" }))).toMatchObject({ TagSet });
    // Of the stack's own object there is still one version.
    expect(Versions?.filter(({ Key }) => Key === "index.html")).toHaveLength(1);
    expect(await objects()).toHaveLength(Versions?.length ?? 0);
  });

  test("items of tables", async () => {
    const Item = { id: { S: "1" }, text: { S: "kept" } };
    const first = await start();
    await first.dynamodb.send(new PutItemCommand({ TableName: "items", Item }));
    await first.engine.stop();
    const { dynamodb } = await start();
    const get = new GetItemCommand({ TableName: "items", Key: { id: { S: "1" } } });
    expect((await dynamodb.send(get)).Item).toEqual(Item);
  });

  test("events of objects that no queue had been told of, but for queues that are no more", async () => {
    const first = await start();
    await first.engine.stop();
    const told = (queue: string) => ({
      event: queue,
      messages: [{ queueArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`, body: "an event" }],
    });
    const lines = [told("gone"), told("waiting"), { ...told("told"), messages: [] }];
    await appendFile(join(data(), "s3.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const second = await start();
    await second.engine.stop();
    const { sqs } = await start();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body }) => Body)).toEqual(["an event"]);
  });

  test("people, who are who they were, and not those who left", async () => {
    const subOf = async (engine: Engine, email: string) =>
      decodeJwt((await engine.testUser({ email })).idToken).sub;
    const first = await start();
    const [me, left] = [
      await subOf(first.engine, "me@example.org"),
      await subOf(first.engine, "left@example.org"),
    ];
    const leave = { UserPoolId: `${REGION}_local`, Username: left };
    await callJson(
      first.engine.endpoint,
      "cognito-idp",
      "AWSCognitoIdentityProviderService.AdminDeleteUser",
      leave,
    );
    await first.engine.stop();
    const { engine } = await start();
    expect(await subOf(engine, "me@example.org")).toBe(me);
    expect(await subOf(engine, "left@example.org")).not.toBe(left);
  });

  test("messages that nobody deleted, whoever had received them, with how often that was", async () => {
    const first = await start();
    const send = (MessageBody: string) => first.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    await send("handled");
    const { Messages: [handled] = [] } = await first.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    await first.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handled?.ReceiptHandle }));
    await send("received");
    await first.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    await first.engine.stop();
    const { sqs } = await start();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      }),
    );
    expect(Messages.map(({ Body, Attributes }) => [Body, Attributes])).toEqual([
      ["received", { ApproximateReceiveCount: "2" }],
    ]);
  });
});

describe("an execution", () => {
  const startExecution = (states: SFNClient, name: string) => {
    const input = JSON.stringify({ begun: join(folder, `${name}-begun`), gate: join(folder, "gate") });
    return states.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name, input }));
  };
  const begun = async (name: string) => {
    const path = join(folder, `${name}-begun`);
    return existsSync(path) ? (await readFile(path, "utf8")).trim().split("\n").length : 0;
  };
  const describeExecution = (states: SFNClient, executionArn = "") =>
    states.send(new DescribeExecutionCommand({ executionArn }));
  const succeeded = (states: SFNClient, arn: string | undefined) =>
    expect.poll(() => describeExecution(states, arn)).toMatchObject({ status: "SUCCEEDED" });
  const historyOf = async (states: SFNClient, executionArn = "") => {
    const { events = [] } = await states.send(new GetExecutionHistoryCommand({ executionArn }));
    return events.map(({ type }) => type);
  };

  test("that was cut off by kill -9 begins anew under its name, and says so", async () => {
    const first = await startProcess();
    const { executionArn } = await startExecution(first.states, "cut");
    await expect.poll(() => begun("cut")).toBe(1);
    await first.kill();

    const { states } = await start();
    await expect.poll(() => begun("cut")).toBe(2);
    expect(await describeExecution(states, executionArn)).toMatchObject({
      status: "RUNNING",
      redriveCount: 1,
    });
    await writeFile(join(folder, "gate"), "");
    await succeeded(states, executionArn);
    expect((await historyOf(states, executionArn)).slice(0, 3)).toEqual([
      "ExecutionStarted",
      "ExecutionRedriven",
      "TaskStateEntered",
    ]);
    expect(await errorName(startExecution(states, "cut"))).toBe("ExecutionAlreadyExists");
  });

  test("that has ended is not begun again, can be looked at, and keeps its name", async () => {
    await writeFile(join(folder, "gate"), "");
    const first = await start();
    const { executionArn } = await startExecution(first.states, "ended");
    await succeeded(first.states, executionArn);
    const before = await describeExecution(first.states, executionArn);
    const history = await historyOf(first.states, executionArn);
    await first.engine.stop();

    const { states } = await start();
    const { $metadata: _, ...known } = before;
    expect(await describeExecution(states, executionArn)).toMatchObject(known);
    expect(await historyOf(states, executionArn)).toEqual(history);
    expect(await errorName(startExecution(states, "ended"))).toBe("ExecutionAlreadyExists");
    expect(await begun("ended")).toBe(1);
  });

  test("that the engine's own end cut off begins anew too", async () => {
    const first = await start();
    const { executionArn } = await startExecution(first.states, "stopped");
    await expect.poll(() => begun("stopped")).toBe(1);
    await first.engine.stop();
    await writeFile(join(folder, "gate"), "");
    const { states } = await start();
    await succeeded(states, executionArn);
  });
});

describe("a folder", () => {
  test("is for one engine at a time", async () => {
    await start();
    await expect(start()).rejects.toThrow(/^Another engine keeps its data in .*data\. Stop that one/);
  });

  test("has to be one that can be written in", async () => {
    // As an administrator may write anywhere: what stands in the way is a folder where its lock would be.
    await mkdir(join(folder, "data", "lock"), { recursive: true });
    await expect(start()).rejects.toThrow(/^Nothing can be written in .*data\. Choose another folder\.$/);
  });

  test.skipIf(!existsSync("/dev/full"))("is named where its disk is full", async () => {
    await mkdir(data());
    const file = join(data(), "engine.json.new");
    symlinkSync("/dev/full", file);
    await expect(start()).rejects.toThrow(`ENOSPC: no space left on device, write '${file}'`);
  });

  test("is for one stack", async () => {
    const { engine } = await start();
    await engine.stop();
    const text = await readFile(stack.file, "utf8");
    await writeFile(stack.file, text.replace('"stackName":"fixture"', '"stackName":"other"'));
    await expect(start()).rejects.toThrow(/holds data of the stack fixture in .*, not of other in/);
  });

  test("is for one version of what is written", async () => {
    const { engine } = await start();
    await engine.stop();
    const about = join(data(), "engine.json");
    await writeFile(about, (await readFile(about, "utf8")).replace('"format":1', '"format":0'));
    await expect(start()).rejects.toThrow(/another version of the engine \(0, not 1\)/);
  });

  test("with other things in it is left alone", async () => {
    await writeFile(join(folder, "photo.jpg"), "");
    const starting = startEngine({ stackFile: stack.file, port: 0, data: folder });
    await expect(starting).rejects.toThrow(/holds other things than an engine's data/);
    expect(await readdir(folder)).toEqual(["photo.jpg"]);
  });

  test("may end in the middle of a line, and in no other way", async () => {
    const first = await start();
    for (const Key of ["a", "b"]) await first.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    await first.engine.stop();
    const journal = join(data(), "s3.jsonl");
    await truncate(journal, (await readFile(journal)).length - 2);
    const second = await start();
    const { Versions = [] } = await second.s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions.map(({ Key }) => Key)).toEqual(["a", "index.html"]);
    expect(await objects()).toHaveLength(2);
    await second.engine.stop();
    await appendFile(journal, "{}\n");
    await expect(start()).rejects.toThrow(/s3\.jsonl is damaged in line 3/);
  });
});
