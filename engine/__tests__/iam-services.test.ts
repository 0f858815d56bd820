import { DescribeExecutionCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { PublishCommand } from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { apiStack } from "./api-gateway-support.ts";
import { callJson } from "./endpoint-support.ts";
import {
  ACCOUNT,
  type Fixture,
  functionArn,
  policyOf,
  REGION,
  roleOf,
  runStack,
  temporaryEngine,
} from "./engine-support.ts";
import { allow, clientsOf, deny, IDENTITY, refusalOf } from "./iam-support.ts";

const notified = (queuePolicy?: object): Fixture => ({
  resource: {
    aws_s3_bucket: { photos: { bucket: "photos" } },
    aws_sqs_queue: { q: { name: "q" } },
    ...(queuePolicy && {
      aws_sqs_queue_policy: { q: { queue_url: "${aws_sqs_queue.q.url}", policy: policyOf(queuePolicy) } },
    }),
    aws_s3_bucket_notification: {
      photos: {
        bucket: "${aws_s3_bucket.photos.id}",
        queue: [{ queue_arn: "${aws_sqs_queue.q.arn}", events: ["s3:ObjectCreated:*"] }],
        ...(queuePolicy && { depends_on: ["aws_sqs_queue_policy.q"] }),
      },
    },
  },
});

describe("S3 tells a queue of its events", () => {
  const from = (bucket: string, over: object = {}) => ({
    ...allow("sqs:SendMessage", "${aws_sqs_queue.q.arn}"),
    Principal: { Service: "s3.amazonaws.com" },
    Condition: {
      ArnEquals: { "aws:SourceArn": `arn:aws:s3:::${bucket}` },
      StringEquals: { "aws:SourceAccount": ACCOUNT },
    },
    ...over,
  });

  test("that lets it", async () => {
    const engine = await temporaryEngine(notified(from("photos")));
    const QueueUrl = `${engine.endpoint}/${ACCOUNT}/q`;
    const { body } = await callJson(engine.endpoint, "sqs", "AmazonSQS.ReceiveMessage", { QueueUrl });
    expect(JSON.stringify(body)).toContain("s3:TestEvent");
  });

  test.each([
    ["for another bucket", from("films")],
    ["for something else", from("photos", { Action: "sqs:ReceiveMessage" })],
    ["as another service", from("photos", { Principal: { Service: "sns.amazonaws.com" } })],
  ])("not when the queue lets it %s", async (_, policy) => {
    const message = /aws_s3_bucket_notification\.photos.*Unable to validate the following destination/;
    await expect(runStack(notified(policy))).rejects.toThrow(message);
  });

  test("not when the queue has no policy", async () => {
    await expect(runStack(notified())).rejects.toThrow(/Unable to validate the following destination/);
  });
});

describe("API Gateway", () => {
  const asked = async (permission: object) => {
    const fixture = apiStack({ open: ["GET /photos"] });
    const echo = { ...fixture.resource?.aws_lambda_permission?.echo, ...permission };
    const engine = await temporaryEngine({
      ...fixture,
      resource: { ...fixture.resource, aws_lambda_permission: { echo } },
    });
    const response = await fetch(`${engine.apiUrl}/photos`);
    return { status: response.status, body: await response.json() };
  };

  test("answers 500 when it may not invoke the function", async () => {
    const source_arn = "${aws_apigatewayv2_api.api.execution_arn}/*/POST/*";
    expect(await asked({ source_arn })).toEqual({ status: 500, body: { message: "Internal Server Error" } });
  });

  test("may invoke it for one route", async () => {
    const source_arn = "${aws_apigatewayv2_api.api.execution_arn}/$default/GET/photos";
    expect((await asked({ source_arn })).status).toBe(200);
  });
});

describe("a state machine", () => {
  const task = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: functionArn("worker"), Payload: {} },
  };

  /** What its one task ends with. */
  async function outcome(...statements: object[]) {
    const engine = await temporaryEngine({
      functions: { worker: { code: IDENTITY } },
      resource: {
        aws_iam_role: { machine: roleOf("machine", "states.amazonaws.com") },
        aws_iam_role_policy: {
          machine: { role: "${aws_iam_role.machine.name}", policy: policyOf(...statements) },
        },
        aws_sfn_state_machine: {
          m: {
            name: "m",
            role_arn: "${aws_iam_role.machine.arn}",
            definition: JSON.stringify({ StartAt: "A", States: { A: { ...task, End: true } } }),
          },
        },
      },
    });
    const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:m`;
    const { executionArn } = await engine.states.send(new StartExecutionCommand({ stateMachineArn }));
    for (;;) {
      const { status, error, cause } = await engine.states.send(
        new DescribeExecutionCommand({ executionArn }),
      );
      if (status !== "RUNNING") return { status, error, cause };
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  test("invokes what its role may", async () => {
    const may = allow("lambda:InvokeFunction", functionArn("worker"));
    expect(await outcome(may)).toMatchObject({ status: "SUCCEEDED" });
  });

  test("fails when its role may not invoke", async () => {
    const user = `User: arn:aws:sts::${ACCOUNT}:assumed-role/machine/m is not authorized to perform:`;
    expect(await outcome(allow("sns:*", "*"))).toMatchObject({
      status: "FAILED",
      error: "Lambda.AWSLambdaException",
      cause: expect.stringContaining(
        `${user} lambda:InvokeFunction on resource: ${functionArn("worker")} because`,
      ),
    });
  });
});

test("a topic takes nothing of a role that its policy denies", async () => {
  const TopicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:t`;
  const worker = { code: IDENTITY, allowed: [allow("sns:Publish", "*")] };
  const denied = { ...deny("sns:Publish", "*"), Principal: { AWS: "${aws_iam_role.other.arn}" } };
  const engine = await temporaryEngine({
    functions: { worker, other: worker },
    resource: {
      aws_sns_topic: { t: { name: "t" } },
      aws_sns_topic_policy: { t: { arn: "${aws_sns_topic.t.arn}", policy: policyOf(denied) } },
    },
  });
  const publish = async (name: string) => {
    const { sns } = await clientsOf(engine, name);
    return refusalOf(sns.send(new PublishCommand({ TopicArn, Message: "x" })));
  };
  expect(await publish("worker")).toBeUndefined();
  expect(await publish("other")).toMatchObject({
    name: "AuthorizationErrorException",
    message: expect.stringContaining("explicit deny"),
  });
});
