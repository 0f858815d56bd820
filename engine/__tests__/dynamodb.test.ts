import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { AbstractValueIterator } from "abstract-level";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ACCOUNT_ID, callJson, REGION } from "./endpoint-support.ts";
import { sharedEngine, temporaryEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

const HASH = { attribute_name: "owner", key_type: "HASH" };
const RANGE = { attribute_name: "uploadedAt", key_type: "RANGE" };
const TABLE = {
  hash_key: "imageId",
  attribute: [
    { name: "imageId", type: "S" },
    { name: "owner", type: "S" },
    { name: "uploadedAt", type: "S" },
  ],
  global_secondary_index: [{ name: "newest", key_schema: [HASH, RANGE] }],
};

const engine = await sharedEngine({
  resource: { aws_dynamodb_table: { images: { name: "ImageMetadata", ...TABLE } } },
});
const { dynamodb: client } = adminClients(engine);
const documents = DynamoDBDocumentClient.from(client);

const TableName = "ImageMetadata";

describe("the table", () => {
  test("is active and on demand as soon as it is made, in the engine's region", async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      TableArn: `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${TableName}`,
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      KeySchema: [{ AttributeName: "imageId", KeyType: "HASH" }],
    });
  });

  test("answers an error of its own where a service is to fail", async () => {
    engine.faults.add({ target: { service: "dynamodb" }, kind: "error500", times: 1 });
    const answer = await callJson(engine.endpoint, "dynamodb", "DynamoDB_20120810.ListTables", {});
    expect(answer).toMatchObject({ status: 500, body: { __type: "InternalServerError" } });
  });

  test.each([
    ["null", null],
    ["a key that is null", { TableName, Key: { imageId: null } }],
    ["a list", []],
  ])("refuses %s, and goes on", async (_, input) => {
    const answer = await callJson(engine.endpoint, "dynamodb", "DynamoDB_20120810.GetItem", input as object);
    expect(answer).toMatchObject({ status: 400, body: { __type: "SerializationException" } });
    expect((await callJson(engine.endpoint, "dynamodb", "DynamoDB_20120810.ListTables", {})).status).toBe(
      200,
    );
  });
});

describe("an index of a stack", () => {
  const indexes = async (key: object) => {
    const index = { name: "newest", projection_type: "ALL", ...key };
    const attribute = ["imageId", "owner", "uploadedAt"].map((name) => ({ name, type: "S" }));
    const table = { name: "records", hash_key: "imageId", attribute, global_secondary_index: [index] };
    const { dynamodb } = adminClients(
      await temporaryEngine({ resource: { aws_dynamodb_table: { t: table } } }),
    );
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: "records" }));
    return Table?.GlobalSecondaryIndexes?.map(({ KeySchema }) => KeySchema);
  };

  test("has the key that is in key_schema", async () => {
    expect(await indexes({ key_schema: [RANGE, HASH] })).toEqual([
      [
        { AttributeName: "owner", KeyType: "HASH" },
        { AttributeName: "uploadedAt", KeyType: "RANGE" },
      ],
    ]);
  });

  test.each([
    ["no key", {}],
    ["a key of several attributes", { key_schema: [HASH, { ...RANGE, key_type: "HASH" }] }],
  ])("that has %s is refused", async (_, key) => {
    await expect(indexes(key)).rejects.toThrow(/aws_dynamodb_table\.t cannot be applied.*key_schema/s);
  });
});

test("what a query reads from is closed, or it would be kept for good", async () => {
  const closed = vi.spyOn(AbstractValueIterator.prototype, "close");
  onTestFinished(() => closed.mockRestore());
  for (const imageId of ["a", "b", "c"])
    await documents.send(
      new PutCommand({ TableName, Item: { imageId, owner: "closing", uploadedAt: imageId } }),
    );
  closed.mockClear();
  for (const Limit of [undefined, 1, 2, 3]) {
    const { Items } = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: "newest",
        KeyConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":owner": "closing" },
        Limit,
      }),
    );
    expect(Items).toHaveLength(Limit ?? 3);
  }
  await expect.poll(() => closed.mock.calls.length).toBe(4);
});
