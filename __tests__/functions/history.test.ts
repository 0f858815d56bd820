import { SFNServiceException } from "@aws-sdk/client-sfn";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { afterAll, expect, it, vi } from "vitest";
import { defaultSettings } from "../fixtures/settings.ts";

for (const name of ["METADATA_TABLE", "CHANGES_TABLE", "PROCESSED_BUCKET", "ORIGINAL_BUCKET"])
  vi.stubEnv(name, name);
vi.stubEnv("AWS_REGION", "eu-west-1");
vi.stubEnv("QUOTAS", "false");
vi.stubEnv("LIMITS", JSON.stringify(defaultSettings.limits));
// Other tests have these clients too.
afterAll(() => {
  vi.unstubAllEnvs();
  for (const { middlewareStack } of [sfn, table]) middlewareStack.remove(INSTEAD);
});
const { handler } = await import("../../functions/api-view/handler.ts");
const { sfn } = await import("../../functions/shared/workflow.ts");
const { table } = await import("../../functions/shared/table.ts");

/** What answers in the place of AWS. */
const INSTEAD = "instead";
const imageId = "a".repeat(32);
const at = "2026-01-01T00:00:00.000Z";
const record = {
  imageId,
  status: "PROCESSED",
  owner: "ann",
  uploadedAt: at,
  updatedAt: at,
  original: { key: "users/ann/1.png", etag: "1", bytes: 1 },
  lastAttempt: { status: "PROCESSED", at, sequencer: "1", execution: { arn: "arn:1", name: "1" } },
  downloads: {},
};
/** In the place of what would be sent. */
table.middlewareStack.add(() => async () => ({ response: {}, output: { $metadata: {}, Item: record } }), {
  step: "initialize",
  priority: "low",
  name: INSTEAD,
});

it("that Step Functions has no time for is said to be so, and is no fault of ours", async () => {
  let asked = 0;
  sfn.middlewareStack.add(
    () => async () => {
      asked += 1;
      const $metadata = { httpStatusCode: 400 };
      throw new SFNServiceException({ name: "ThrottlingException", $fault: "client", $metadata });
    },
    { step: "initialize", name: INSTEAD },
  );
  const event = {
    routeKey: "GET /images/{imageId}/history",
    headers: {},
    pathParameters: { imageId },
    requestContext: { requestId: "1", authorizer: { jwt: { claims: { sub: "ann" } } } },
  } as unknown as APIGatewayProxyEventV2;
  const answer = await handler(event, { getRemainingTimeInMillis: () => 1000 } as Context);
  expect(asked).toBe(1);
  expect(answer).toMatchObject({
    statusCode: 503,
    headers: { "content-type": "application/problem+json", "retry-after": "5" },
  });
  expect(JSON.parse(String(answer.body))).toMatchObject({ title: "Busy", status: 503 });
});
