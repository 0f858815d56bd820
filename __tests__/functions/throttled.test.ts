/** What the API answers when a service refuses, as throttled, what it asks. */
import { DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import { SFNServiceException } from "@aws-sdk/client-sfn";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";

for (const name of [
  "METADATA_TABLE",
  "CHANGES_TABLE",
  "ORIGINAL_BUCKET",
  "STATE_MACHINE_ARN",
  "DECODER_ROLE_ARN",
])
  vi.stubEnv(name, name);
vi.stubEnv("AWS_REGION", "eu-west-1");
const { api } = await import("../../functions/api/api.ts");
const { recordsOf } = await import("../../functions/api/lists.ts");
const { readDefinition } = await import("../../functions/api-operate/definition.ts");
const { handler: operate } = await import("../../functions/api-operate/handler.ts");
const { sfn, startExecution } = await import("../../functions/shared/workflow.ts");
const { readRecord, table } = await import("../../functions/shared/table.ts");
const { imageSchema } = await import("../../functions/shared/state.ts");

/** What answers in the place of AWS. Other tests have these clients too. */
const INSTEAD = "instead";
afterEach(() => {
  for (const { middlewareStack } of [sfn, table]) middlewareStack.remove(INSTEAD);
});
afterAll(() => void vi.unstubAllEnvs());

const imageId = "a".repeat(32);
const about = { $fault: "client", $metadata: { httpStatusCode: 400 } } as const;
const refusedBySteps = (name: string) =>
  sfn.middlewareStack.add(
    () => async () => {
      throw new SFNServiceException({ name, ...about });
    },
    { step: "initialize", name: INSTEAD },
  );

/** @param answer to the input of a command; undefined: it is refused. */
function instead(answer: (input: object) => object | undefined, name: string): void {
  table.middlewareStack.add(
    () => async (args) => {
      const output = answer(args.input);
      if (output === undefined) throw new DynamoDBServiceException({ name, ...about });
      return { response: {}, output: { $metadata: {}, ...output } };
    },
    { step: "initialize", priority: "low", name: INSTEAD },
  );
}

async function answered(handler: ReturnType<typeof api>, routeKey: string, body?: object) {
  const event = {
    routeKey,
    headers: {},
    requestContext: {
      requestId: "1",
      authorizer: { jwt: { claims: { sub: "ann", "cognito:groups": "[operators]" } } },
    },
    ...(body && { body: JSON.stringify(body) }),
  } as unknown as APIGatewayProxyEventV2;
  return handler(event, { getRemainingTimeInMillis: () => 1000 } as Context);
}

/** A route that does this. */
const route = (work: () => Promise<unknown>) =>
  api({ "GET /me": async () => ({ status: 200, body: await work() }) });

describe("what a service has no room for is said to be so, and when to come back:", () => {
  const image = imageSchema.parse({
    imageId,
    bucket: "original",
    key: "a.png",
    etag: "0",
    sequencer: "1",
    bytes: 1,
    uploadedAt: "2026-01-01T00:00:00.000Z",
  });

  const access = { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" };

  it.each([
    ["StartExecution", () => startExecution("arn", "name", { image, access }), "ThrottlingException"],
    ["DescribeStateMachine", readDefinition, "ThrottlingException"],
    ["DynamoDB's partition", () => readRecord("table", imageId), "ProvisionedThroughputExceededException"],
    ["DynamoDB's account", () => readRecord("table", imageId), "RequestLimitExceeded"],
    ["DynamoDB's table", () => readRecord("table", imageId), "ThrottlingException"],
  ] as const)("%s", async (_, work, name) => {
    refusedBySteps(name);
    instead(() => undefined, name);
    const answer = await answered(route(work), "GET /me");
    expect(answer).toMatchObject({
      statusCode: 503,
      headers: { "content-type": "application/problem+json", "retry-after": "5" },
    });
    expect(JSON.parse(String(answer.body))).toMatchObject({ title: "Busy", status: 503 });
  });

  it("a page of records of which DynamoDB keeps some back", async () => {
    instead(({ RequestItems }: { RequestItems?: object }) => ({ UnprocessedKeys: RequestItems }), "");
    const answer = await answered(
      route(() => recordsOf("ann", [imageId])),
      "GET /me",
    );
    expect(answer.statusCode).toBe(503);
  });

  it("and nothing else is", async () => {
    instead(() => undefined, "ValidationException");
    const answer = await answered(
      route(() => readRecord("table", imageId)),
      "GET /me",
    );
    expect(answer).toMatchObject({ statusCode: 500, headers: { "cache-control": "no-store" } });
    expect(answer.headers).not.toHaveProperty("retry-after");
  });
});

it("an image that cannot be processed again for now is refused, and the others of its batch are not", async () => {
  const [gone, throttled] = ["b", "c"].map((digit) => digit.repeat(32));
  instead(
    ({ Key }: { Key?: { imageId: string } }) => (Key?.imageId === throttled ? undefined : {}),
    "ProvisionedThroughputExceededException",
  );
  const { statusCode, body } = await answered(operate, "POST /pipeline/reprocess", {
    imageIds: [gone, throttled],
  });
  expect(statusCode).toBe(200);
  expect(JSON.parse(String(body))).toEqual({
    started: [],
    refused: [
      { imageId: gone, reason: "There is no such image any more." },
      { imageId: throttled, reason: "Too much is asked for just now. Try again in a moment." },
    ],
  });
});
