// Counts the words of each message into a table.
import { createRequire } from "node:module";

const { DynamoDBClient, UpdateItemCommand } = createRequire(import.meta.url)("@aws-sdk/client-dynamodb");
const client = new DynamoDBClient();

export async function handler({ Records }) {
  const words = Records.flatMap(({ body }) => body.split(/\s+/));
  for (const word of words)
    await client.send(
      new UpdateItemCommand({
        TableName: process.env.TABLE,
        Key: { word: { S: word } },
        UpdateExpression: "ADD #seen :one",
        ExpressionAttributeNames: { "#seen": "seen" },
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
}
