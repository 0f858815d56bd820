import {
  BatchGetItemCommand,
  CreateTableCommand,
  GetItemCommand,
  ListTablesCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { DescribeExecutionCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { PublishCommand } from "@aws-sdk/client-sns";
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { callJson } from "./endpoint-support.ts";
import { ACCOUNT, functionArn, REGION, sharedEngine } from "./engine-support.ts";
import { allow, callSigned, clientsOf, credentialsOf, IDENTITY, refusalOf } from "./iam-support.ts";

const engine = await sharedEngine({
  functions: { nobody: { code: IDENTITY, allowed: [allow("logs:*", "*")] } },
});
const nobody = await clientsOf(engine, "nobody");

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const machine = arn("states", "stateMachine:m");
const execution = arn("states", "execution:m:e");
const queueUrl = () => `${engine.endpoint}/${ACCOUNT}/q`;
const ITEM = { TableName: "t", Key: { id: { S: "1" } } };

describe("the others ask for", () => {
  const jsonRefusal = { name: "AccessDeniedException", status: 400 };
  const cases: [string, () => Promise<unknown>, string, object?][] = [
    [
      "an item",
      () => nobody.dynamodb.send(new GetItemCommand(ITEM)),
      `dynamodb:GetItem on resource: ${arn("dynamodb", "table/t")}`,
    ],
    [
      "an index",
      () => nobody.dynamodb.send(new QueryCommand({ TableName: "t", IndexName: "i" })),
      `dynamodb:Query on resource: ${arn("dynamodb", "table/t/index/i")}`,
    ],
    [
      "each table of a batch",
      () => nobody.dynamodb.send(new BatchGetItemCommand({ RequestItems: { t: { Keys: [ITEM.Key] } } })),
      `dynamodb:BatchGetItem on resource: ${arn("dynamodb", "table/t")}`,
    ],
    ["all tables", () => nobody.dynamodb.send(new ListTablesCommand()), "dynamodb:ListTables because"],
    [
      "a new table",
      () =>
        nobody.dynamodb.send(
          new CreateTableCommand({ TableName: "t", KeySchema: [], AttributeDefinitions: [] }),
        ),
      "dynamodb:CreateTable on resource",
    ],
    [
      "an execution to start",
      () => nobody.states.send(new StartExecutionCommand({ stateMachineArn: machine })),
      `states:StartExecution on resource: ${machine}`,
    ],
    [
      "an execution",
      () => nobody.states.send(new DescribeExecutionCommand({ executionArn: execution })),
      `states:DescribeExecution on resource: ${execution}`,
    ],
    [
      "a queue",
      () => nobody.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(), MessageBody: "x" })),
      `sqs:SendMessage on resource: ${arn("sqs", "q")}`,
    ],
    [
      "a queue by its name",
      () => nobody.sqs.send(new GetQueueUrlCommand({ QueueName: "q" })),
      `sqs:GetQueueUrl on resource: ${arn("sqs", "q")}`,
    ],
    [
      "a queue for a batch",
      () => nobody.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl(), Entries: [] })),
      "sqs:DeleteMessage on resource",
    ],
    [
      "a topic",
      () => nobody.sns.send(new PublishCommand({ TopicArn: arn("sns", "t"), Message: "x" })),
      `sns:Publish on resource: ${arn("sns", "t")}`,
      { name: "AuthorizationErrorException", status: 403 },
    ],
    [
      "a function",
      () => nobody.lambda.send(new InvokeCommand({ FunctionName: "reader" })),
      `lambda:InvokeFunction on resource: ${functionArn("reader")}`,
      { status: 403 },
    ],
    [
      "a function's version",
      () => nobody.lambda.send(new InvokeCommand({ FunctionName: functionArn("reader"), Qualifier: "7" })),
      `lambda:InvokeFunction on resource: ${functionArn("reader")}:7`,
      { status: 403 },
    ],
  ];
  test.each(cases)("%s", async (_, call, message, shape = jsonRefusal) => {
    const refusal = await refusalOf(call());
    expect(refusal).toMatchObject(shape);
    expect(refusal?.message).toContain(
      `assumed-role/nobody-role/nobody is not authorized to perform: ${message}`,
    );
  });
});

describe("a function stays who it is", () => {
  const send = async (authorization: string, method = "POST") => {
    const response = await fetch(engine.endpoint, {
      method,
      headers: {
        authorization,
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.ListTables",
      },
      body: "{}",
    });
    return response.status;
  };
  const scope = `20260101/${REGION}/dynamodb/aws4_request`;

  test.each([
    [
      "in another order",
      (id: string) => `AWS4-HMAC-SHA256 Signature=aa, SignedHeaders=host, Credential=${id}/${scope}`,
    ],
    [
      "signed in another way",
      (id: string) => `AWS4-ECDSA-P256-SHA256 Credential=${id}/${scope}, SignedHeaders=host, Signature=aa`,
    ],
    ["signed with nothing", (id: string) => `AWS4-HMAC-SHA256 Credential=${id}/${scope}`],
  ])("with an authorization %s", async (_, authorization) => {
    const { accessKeyId } = await credentialsOf(engine, "nobody");
    expect(await send(authorization(accessKeyId))).toBe(403);
  });

  test("whatever the method", async () => {
    const { accessKeyId } = await credentialsOf(engine, "nobody");
    const usual = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host, Signature=aa`;
    expect(await send(usual, "OPTIONS")).toBe(403);
  });

  test("whatever else a request names", async () => {
    const input = { QueueName: "q", QueueUrl: `${engine.endpoint}/${ACCOUNT}/other` };
    expect((await refusalOf(nobody.sqs.send(new ReceiveMessageCommand(input))))?.message).toContain(
      `sqs:ReceiveMessage on resource: ${arn("sqs", "other")}`,
    );
  });
});

test("who one is may be asked by anyone", async () => {
  const form = "Action=GetCallerIdentity&Version=2011-06-15";
  const { status, text } = await callSigned(engine, await credentialsOf(engine, "nobody"), "sts", form);
  expect(status).toBe(200);
  expect(text).toContain(`<Arn>arn:aws:sts::${ACCOUNT}:assumed-role/nobody-role/nobody</Arn>`);
  expect(text).toContain("<UserId>nobody-role:nobody</UserId>");
});

test("whoever comes with a key of their own is the account's administrator", async () => {
  expect((await callJson(engine.endpoint, "dynamodb", "DynamoDB_20120810.ListTables", {})).status).toBe(200);
});
