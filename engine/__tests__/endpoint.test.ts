import { request } from "node:http";
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { beforeEach, describe, expect, test } from "vitest";
import { FaultSyntaxError, parseFault } from "../fault-syntax.ts";
import { Faults } from "../faults.ts";
import { jsonErrors } from "../http/errors.ts";
import { PortTakenError } from "../http/server.ts";
import {
  ACCOUNT_ID,
  callJson,
  errorName,
  REGION,
  sharedServices,
  signedFor,
  startTestEndpoint,
} from "./endpoint-support.ts";

const calls: string[] = [];
const services = await sharedServices({
  about: async ({ path }) => ({ status: 200, body: `page ${path}` }),
  origins: ["https://photos.example.org"],
  onCall: ({ operation }) => calls.push(operation),
});
services.s3.createBucket("photos");
beforeEach(() => services.faults.clear());

describe("the endpoint", () => {
  test("routes by the service a request is signed for", async () => {
    const buckets = await services.client.send(new ListBucketsCommand());
    const queues = await callJson(services.endpoint, "sqs", "AmazonSQS.ListQueues", {});
    expect(buckets.Buckets?.map(({ Name }) => Name)).toEqual(["photos"]);
    expect(queues.status).toBe(200);
  });

  test("routes by the credential in a signed address", async () => {
    const address = (service: string) =>
      `${services.endpoint}/?X-Amz-Credential=${encodeURIComponent(`AKIA/20260101/${REGION}/${service}/aws4_request`)}`;
    expect(await (await fetch(address("s3"))).text()).toContain("<Name>photos</Name>");
    expect(await (await fetch(address("kinesis"))).text()).toContain("kinesis");
  });

  test("routes an unsigned request by its target, and takes any other for S3", async () => {
    const headers = { "x-amz-target": "AmazonSQS.ListQueues", "content-type": "application/x-amz-json-1.0" };
    const response = await fetch(services.endpoint, { method: "POST", headers, body: "{}" });
    expect(response.status).toBe(200);
    expect(await (await fetch(services.endpoint)).text()).toContain("ListAllMyBucketsResult");
  });

  test("names a service that it does not have, in the caller's protocol", async () => {
    const json = await callJson(services.endpoint, "logs", "Logs_20140328.DescribeLogGroups", {});
    expect(json.status).toBe(501);
    expect(json.body.__type).toBe("NotImplemented");
    expect(json.body.message).toContain('"logs"');
    const xml = await fetch(services.endpoint, {
      method: "POST",
      headers: { ...signedFor("iam"), "content-type": "application/x-www-form-urlencoded" },
      body: "Action=ListRoles&Version=2010-05-08",
    });
    expect(xml.status).toBe(501);
    expect(await xml.text()).toContain("<Code>NotImplemented</Code>");
  });

  test("names an operation that a service does not have, and those that it has", async () => {
    const json = await callJson(services.endpoint, "sqs", "AmazonSQS.ListQueueTags", {});
    expect(json).toMatchObject({ status: 501, body: { __type: "NotImplemented" } });
    expect(json.body.message).toMatch(/SQS does not have ListQueueTags. It has .*ReceiveMessage/);
  });

  test("tells who the caller is", async () => {
    const response = await fetch(services.endpoint, {
      method: "POST",
      headers: { ...signedFor("sts"), "content-type": "application/x-www-form-urlencoded" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    expect(await response.text()).toContain(`<Account>${ACCOUNT_ID}</Account>`);
  });

  test("gives addresses under /_engine to the pages, and everything signed to the services", async () => {
    expect(await (await fetch(`${services.endpoint}/_engine/outputs`)).text()).toBe("page /_engine/outputs");
    const signed = await fetch(`${services.endpoint}/_engine/outputs`, { headers: signedFor("s3") });
    expect(await signed.text()).toContain("NoSuchBucket");
  });

  test("says when its port is taken", async () => {
    const second = startTestEndpoint({ port: services.port });
    await expect(second).rejects.toThrow(PortTakenError);
    await expect(second).rejects.toThrow(`Port ${services.port} on 127.0.0.1 is in use`);
  });

  test("reports a service that breaks as an internal failure and stays open", async () => {
    const dynamodb = {
      name: "dynamodb",
      title: "DynamoDB",
      operations: ["GetItem"],
      read: () => {
        throw new Error("the table is on fire");
      },
      writeError: jsonErrors(),
    };
    const server = await startTestEndpoint({ services: [dynamodb] });
    try {
      for (const _ of [1, 2]) {
        const { status, body } = await callJson(server.url, "dynamodb", "DynamoDB_20120810.GetItem", {});
        expect(status).toBe(500);
        expect(body.message).toBe("the table is on fire");
      }
    } finally {
      await server.close();
    }
  });
});

describe("web pages", () => {
  /** As a browser sends it; fetch would not let a test choose the host. */
  const statusFor = (headers: Record<string, string>, path = "/_engine/token") =>
    new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(services.endpoint);
      request({ hostname, port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once("error", reject)
        .end();
    });

  test.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:4566"])(
    "cannot reach the engine by a name of their own: %s",
    async (host) => {
      expect(await statusFor({ host })).toBe(403);
    },
  );

  test.each(["localhost:4566", "photos.localhost", "127.0.0.1:4566", "[::1]:4566", "192.168.1.5:4566"])(
    "reach it by a name or an address of this machine: %s",
    async (host) => {
      expect(await statusFor({ host })).toBe(200);
    },
  );

  test.each(["https://evil.example", "http://203.0.113.5", "null", "https://localhost.evil.example"])(
    "of elsewhere cannot ask: %s",
    async (origin) => {
      expect(await statusFor({ origin })).toBe(403);
    },
  );

  test.each(["http://localhost:5173", "http://127.0.0.1:4569", "https://photos.example.org"])(
    "of this machine can, and those that the stack names: %s",
    async (origin) => {
      expect(await statusFor({ origin })).toBe(200);
    },
  );
});

describe("injected faults", () => {
  test("S3 answers 500 as often as asked, then recovers", async () => {
    const { client, faults } = services;
    const put = () => client.send(new PutObjectCommand({ Bucket: "photos", Key: "a.txt", Body: "a" }));
    faults.add({ target: { service: "s3", operation: "PutObject" }, kind: "error500", times: 2 });
    expect(await errorName(put())).toBe("InternalError");
    expect(await errorName(put())).toBe("InternalError");
    expect((await put()).ETag).toBeDefined();
  });

  test("services refuse a call for now as each of them does", async () => {
    const { client, faults, endpoint } = services;
    for (const service of ["s3", "sqs", "sns"])
      faults.add({ target: { service }, kind: "throttle", times: 1 });
    const refused = await client.send(new ListBucketsCommand()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: "SlowDown", $metadata: { httpStatusCode: 503 } });
    expect((await client.send(new ListBucketsCommand())).Buckets).toHaveLength(1);
    const json = await callJson(endpoint, "sqs", "AmazonSQS.ListQueues", {});
    expect([json.status, json.body.__type]).toEqual([400, "ThrottlingException"]);
    const headers = { ...signedFor("sns"), "content-type": "application/x-www-form-urlencoded" };
    const xml = await fetch(endpoint, { method: "POST", headers, body: "Action=ListTopics" });
    expect([xml.status, await xml.text()]).toEqual([400, expect.stringContaining("<Code>Throttling</Code>")]);
  });

  test("lose the answer to what was done", async () => {
    const { client, faults } = services;
    const put = () =>
      client.send(new PutObjectCommand({ Bucket: "photos", Key: "lost.txt", Body: "b", IfNoneMatch: "*" }));
    faults.add({ target: { service: "s3" }, kind: "disconnect", times: 2 });
    const before = calls.length;
    await expect(put()).rejects.toThrow("socket hang up");
    // It was a call all the same.
    await expect.poll(() => calls.slice(before)).toEqual(["PutObject"]);
    await expect(client.send(new GetObjectCommand({ Bucket: "photos", Key: "lost.txt" }))).rejects.toThrow(
      "socket hang up",
    );
    expect(await errorName(put())).toBe("PreconditionFailed");
  });

  test("strike only the operation and the key they name", async () => {
    const { client, faults } = services;
    await client.send(new PutObjectCommand({ Bucket: "photos", Key: "b.txt", Body: "b" }));
    faults.add({
      target: { service: "s3", operation: "GetObject", key: "c.txt" },
      kind: "error500",
      times: 1,
    });
    expect((await client.send(new GetObjectCommand({ Bucket: "photos", Key: "b.txt" }))).ContentLength).toBe(
      1,
    );
    const missing = client.send(new GetObjectCommand({ Bucket: "photos", Key: "c.txt" }));
    expect(await errorName(missing)).toBe("InternalError");
  });

  test("a slow answer is still the right one", async () => {
    services.faults.add({ target: { service: "s3" }, kind: "slow", times: 1, delayMs: 20 });
    expect((await services.client.send(new ListBucketsCommand())).Buckets).toHaveLength(1);
    expect(services.faults.takeService("s3", "ListBuckets")).toBeUndefined();
  });

  test("functions are matched by a part of their name, oldest fault first", () => {
    const faults = new Faults();
    faults.add({ target: { service: "lambda", function: "resize" }, kind: "throttle", times: 1 });
    faults.add({ target: { service: "lambda", function: "resize" }, kind: "kill", times: 1, delayMs: 5 });
    expect(faults.takeLambda("dev-validate")).toBeUndefined();
    expect(faults.takeLambda("dev-resize")).toEqual({ kind: "throttle" });
    expect(faults.takeLambda("dev-resize")).toEqual({ kind: "kill", delayMs: 5 });
    expect(faults.takeLambda("dev-resize")).toBeUndefined();
  });

  test("hit a share of the calls, for as long as they are there", () => {
    const draws = [0.1, 0.3, 0.19, 0.2];
    const faults = new Faults(() => draws.shift() ?? 1);
    faults.add({ target: { service: "lambda", function: "resize" }, kind: "throttle", share: 0.2 });
    const hits = [1, 2, 3, 4, 5].map(() => faults.takeLambda("dev-resize") !== undefined);
    expect(hits).toEqual([true, false, true, false, false]);
    expect(faults.unused()).toEqual([]);
  });

  test("are read from the command line", () => {
    expect(parseFault("lambda:resize:throttle:2")).toEqual({
      target: { service: "lambda", function: "resize" },
      kind: "throttle",
      times: 2,
    });
    expect(parseFault("s3:GetObject:slow:3:500")).toEqual({
      target: { service: "s3", operation: "GetObject" },
      kind: "slow",
      times: 3,
      delayMs: 500,
    });
    expect(parseFault("lambda:resize:kill:20%:5")).toEqual({
      target: { service: "lambda", function: "resize" },
      kind: "kill",
      share: 0.2,
      delayMs: 5,
    });
    expect(parseFault("lambda:resize:disconnect")).toMatchObject({ kind: "disconnect", times: 1 });
    expect(parseFault("dynamodb:*:error500")).toEqual({
      target: { service: "dynamodb" },
      kind: "error500",
      times: 1,
    });
  });

  test.each([
    ["lambda:resize:slow", 'no fault "slow"'],
    ["s3:*:kill", 'no fault "kill"'],
    ["ec2:*:slow", 'no service "ec2"'],
    ["lambda::throttle", "function is missing"],
    ["lambda:resize:throttle:0", '"0" is neither a number of times nor a share'],
    ["lambda:resize:throttle:120%", '"120%" is neither'],
    ["s3:*:slow:1:soon", '"soon" is not a number of milliseconds'],
  ])("%s is refused with a reason", (text, reason) => {
    expect(() => parseFault(text)).toThrow(FaultSyntaxError);
    expect(() => parseFault(text)).toThrow(reason);
  });
});
