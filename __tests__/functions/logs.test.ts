import type { APIGatewayProxyEventV2, Context, SQSEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api, type Handlers } from "../../functions/api/api.ts";
import { Problem } from "../../functions/api/problem.ts";
import { ImageRejected } from "../../functions/shared/errors.ts";
import { step, stepInputSchema } from "../../functions/shared/step.ts";

const written: string[] = [];
beforeEach(() => {
  written.length = 0;
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The lines that were logged so far. */
const logged = (): Record<string, unknown>[] => written.map((line) => JSON.parse(line));

const context = (awsRequestId: string) =>
  ({
    awsRequestId,
    functionName: "f",
    memoryLimitInMB: "256",
    invokedFunctionArn: "arn",
    getRemainingTimeInMillis: () => 30_000,
  }) as Context;

describe("a step", () => {
  const input = {
    execution: { arn: "arn", name: "cat-jpg-1", startedAt: "2026-05-06T07:08:09.000Z" },
    image: {
      imageId: "id",
      bucket: "photos",
      key: "cat.jpg",
      etag: "abc",
      sequencer: "1",
      bytes: 12,
      uploadedAt: "2026-05-06T07:08:09.000Z",
    },
  };
  const about = { imageId: "id", bucket: "photos", key: "cat.jpg", execution: "cat-jpg-1" };
  const run = (core: () => Promise<object>, event: object = input, requestId = "1") =>
    step(stepInputSchema, core)(event as typeof input, context(requestId));

  it("that is done says so, with the image, the execution, the request and the result", async () => {
    await run(async () => ({ width: 7 }));
    expect(logged()).toEqual([
      expect.objectContaining({
        ...about,
        level: "INFO",
        message: "Step done",
        function_request_id: "1",
        result: { width: 7, durationMs: expect.any(Number) },
      }),
    ]);
  });

  it.each([
    [new ImageRejected("EMPTY", "The file is empty."), "WARN", { reason: "EMPTY: The file is empty." }],
    [new Error("It broke."), "ERROR", { error: expect.objectContaining({ message: "It broke." }) }],
  ])("that ends with %s says that, about the same image", async (error, level, fields) => {
    await expect(run(() => Promise.reject(error))).rejects.toBe(error);
    expect(logged()).toEqual([expect.objectContaining({ ...about, ...fields, level })]);
  });

  const answer = (name: string, httpStatusCode: number) =>
    Object.assign(new Error("Not now."), { name, $metadata: { httpStatusCode } });
  it.each([
    answer("SlowDown", 503),
    // Of HEAD there is no body that would say why.
    answer("Unknown", 503),
    answer("ThrottlingException", 400),
    answer("ProvisionedThroughputExceededException", 400),
    answer("Throttling", 400),
    answer("TooManyRequests", 429),
  ])(
    "that is refused for now with $name ends as Throttled, which the state machine waits out",
    async (cause) => {
      const message = `${cause.name}: Not now.`;
      await expect(run(() => Promise.reject(cause))).rejects.toMatchObject({
        name: "Throttled",
        message,
        cause,
      });
      expect(logged()).toEqual([expect.objectContaining({ ...about, level: "WARN" })]);
    },
  );

  it.each([answer("InternalError", 500), answer("AccessDenied", 403), answer("NoSuchKey", 404)])(
    "that ends with $name keeps that name",
    async (error) => {
      await expect(run(() => Promise.reject(error))).rejects.toBe(error);
    },
  );

  it("says nothing about the image of the invocation before it", async () => {
    await run(async () => ({}));
    await expect(run(async () => ({}), {}, "2")).rejects.toThrow("The step's input is wrong");
    const [, second] = logged();
    expect(second).toMatchObject({ level: "ERROR", function_request_id: "2" });
    expect(second).not.toHaveProperty("imageId");
  });
});

describe("the API", () => {
  const event = (over: object = {}) =>
    ({
      routeKey: "POST /uploads",
      headers: { authorization: "Bearer secret-token" },
      body: JSON.stringify({ fileName: "secret.png", contentType: "image/png", bytes: 12 }),
      requestContext: {
        requestId: "r1",
        authorizer: { jwt: { claims: { sub: "ann", email: "secret@example.org" } } },
      },
      ...over,
    }) as unknown as APIGatewayProxyEventV2;
  const handlers: Handlers = {
    "POST /uploads": async () => ({ status: 201, headers: { location: "/secret-address" }, body: {} }),
    "GET /images": async () => {
      throw new Problem(400, "The cursor is wrong.");
    },
  };
  const handler = api(handlers);

  it("logs route, request, user and status, and nothing else of a request or its answer", async () => {
    // It is read when the module is loaded.
    vi.stubEnv("POWERTOOLS_LOGGER_LOG_EVENT", "true");
    vi.resetModules();
    const { api: apiThatMayLogEvents } = await import("../../functions/api/api.ts");
    await apiThatMayLogEvents(handlers)(event(), context("1"));
    expect(logged()).toEqual([
      expect.objectContaining({
        message: "Request answered",
        function_request_id: "1",
        route: "POST /uploads",
        requestId: "r1",
        userId: "ann",
        status: 201,
      }),
    ]);
    expect(written.join()).not.toContain("secret");
  });

  it("logs what it refuses, about the caller that it refuses", async () => {
    await handler(event(), context("1"));
    const anybody = {
      routeKey: "GET /images",
      requestContext: { requestId: "r2", authorizer: { jwt: { claims: { sub: "ben" } } } },
    };
    await handler(event(anybody), context("2"));
    expect(logged().at(-1)).toMatchObject({
      message: "Request refused",
      requestId: "r2",
      userId: "ben",
      status: 400,
      detail: "The cursor is wrong.",
    });
  });
});

describe("a batch of messages", () => {
  it("is answered with those that failed, each logged, and the others are done", async () => {
    vi.stubEnv("STATE_MACHINE_ARN", "arn");
    vi.stubEnv("DECODER_ROLE_ARN", "arn");
    vi.stubEnv("QUEUE_URL", "queue");
    vi.stubEnv("EVENT_SOURCE", "image-pipeline-dev");
    vi.stubEnv("CONCURRENCY", "1");
    vi.stubEnv("TRACED_SHARE", "0");
    vi.stubEnv("METADATA_TABLE", "records");
    vi.stubEnv("STAGING_BUCKET", "staging");
    vi.stubEnv("PROCESSED_BUCKET", "processed");
    vi.stubEnv("QUOTAS", "false");
    vi.stubEnv("CAN_CLOSE", "false");
    vi.stubEnv("CONTENTS_TABLE", "contents");
    vi.stubEnv("PRESETS_TABLE", "presets");
    vi.stubEnv("EVENT_SOURCE", "images");
    // It lies beside the bundle.
    vi.doMock(import("../../functions/shared/presets.ts"), async (original) => ({
      ...(await original()),
      packedPresets: () => ({}),
    }));
    const { handler } = await import("../../functions/start-execution/handler.ts");
    const message = (messageId: string, body: string) => ({
      messageId,
      body,
      attributes: { ApproximateReceiveCount: "3" },
      messageAttributes: {},
    });
    const test = JSON.stringify({ Event: "s3:TestEvent" });
    const Records = [message("1", test), message("2", "hello"), message("3", test), message("4", "{}")];
    const answer = await handler({ Records } as SQSEvent, context("1"));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }, { itemIdentifier: "4" }] });
    const errors = logged().filter(({ level }) => level === "ERROR");
    expect(errors).toEqual(
      ["2", "4"].map((messageId) =>
        expect.objectContaining({
          messageId,
          deliveries: "3",
          error: expect.objectContaining({ name: expect.any(String) }),
          function_request_id: "1",
        }),
      ),
    );
    expect(logged().filter(({ message }) => message === "Nothing to do for this event")).toHaveLength(2);
  });
});
