import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

let pipeline: Pipeline;
let lambda: LambdaClient;
beforeAll(async () => {
  pipeline = await startPipeline({
    IMAGE_PIPELINE_BUDGET: '{"monthlyDollars": 100}',
    IMAGE_PIPELINE_SIGN_UP: '{"domains": ["example.org", "example.com"]}',
    IMAGE_PIPELINE_QUOTAS: "false",
  });
  const { endpoint, region } = pipeline.engine;
  lambda = new LambdaClient({ endpoint, region, credentials: CREDENTIALS });
});
afterAll(async () => {
  lambda?.destroy();
  await pipeline?.stop();
});

async function invoke(name: string, event: object) {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: `image-pipeline-dev-${name}`, Payload: JSON.stringify(event) }),
  );
  const payload = JSON.parse(Payload?.transformToString() ?? "null");
  return FunctionError === undefined ? "fine" : payload.errorMessage;
}

/** What Cognito sends: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html */
const signUp = (email: string, triggerSource = "PreSignUp_SignUp") =>
  invoke("check-sign-up", { triggerSource, request: { userAttributes: { email } }, response: {} });

it.each([
  // As the runbook has it invoked.
  ["close-uploads", "dynamodb:PutItem", {}],
  [
    "check-sign-up",
    "dynamodb:GetItem",
    { triggerSource: "PreSignUp_SignUp", request: { userAttributes: { email: "ann@example.org" } } },
  ],
])("%s needs %s on the table of usage", async (name, action, event) => {
  const giveBack = pipeline.engine.permissions.withhold({ role: `image-pipeline-dev-${name}-role`, action });
  expect(await invoke(name, event).finally(giveBack)).toMatch(
    new RegExp(`not authorized to perform: ${action} on resource: \\S+Usage`),
  );
});

it("people of other domains get no account, unless they are invited", async () => {
  expect(await signUp("ann@Example.org")).toBe("fine");
  expect(await signUp("eve@example.org.evil.net")).toBe(
    "Sign up with an e-mail address of example.org or example.com.",
  );
  expect(await signUp("eve@evil.net", "PreSignUp_AdminCreateUser")).toBe("fine");
});

it("a month that has cost what it may closes sign-up and uploads; what was announced comes in, and what is there stays", async () => {
  const file = await plain(4, 4).png().toBuffer();
  const ann = await apiClientOf(pipeline, "ann@example.org");
  const { imageId, filePath, uploadUrl, headers } = await announce(ann, file);
  const now = new Date();
  const told = (Timestamp: Date) =>
    invoke("close-uploads", { Records: [{ Sns: { Timestamp, Message: "Your budget has been exceeded" } }] });
  // It was said of a month that is over by now.
  expect(await told(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0)))).toBe("fine");
  await announce(ann, file);
  expect(await told(now)).toBe("fine");

  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
  const closed = new RegExp(`closed until 1 .* ${next.getUTCFullYear()}`);
  const refused = await ann.call("POST", "/uploads", {
    json: { fileName: "a.png", contentType: "image/png", bytes: file.length },
  });
  expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringMatching(closed) } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await signUp("bob@example.org")).toMatch(closed);

  await put(uploadUrl, file, headers);
  await pipeline.idle();
  expect((await ann.get(`/images/${imageId}`)).body).toMatchObject({ status: "PROCESSED" });
  const folder = filePath.split("/").slice(0, 2).join("/");
  expect((await pipeline.process(`${folder}/past-the-api.png`, file)).error).toBe("ImageRejected");
  expect((await pipeline.record(`${folder}/past-the-api.png`))?.lastAttempt?.rejection).toMatchObject({
    code: "QUOTA",
    reason: expect.stringMatching(closed),
  });
  // Whoever runs this goes on.
  expect((await pipeline.process("mine.png", file)).status).toBe("SUCCEEDED");
  expect((await ann.call("DELETE", `/images/${imageId}`)).status).toBe(204);
});
