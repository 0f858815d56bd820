/** DynamoDB tables. */
import * as z from "zod";
import { type Apply, blocks, emulated, type ResourceTypes, read } from "../../stack/resource.ts";
import type { CreateTable } from "./dynalite.ts";

const keySchema = z.object({ hash_key: z.string(), range_key: z.string().optional() });

const tableSchema = keySchema.extend({
  name: z.string(),
  attribute: blocks(z.object({ name: z.string(), type: z.string() })),
  global_secondary_index: blocks(
    keySchema.extend({
      name: z.string(),
      projection_type: z.string().default("ALL"),
      non_key_attributes: z.array(z.string()).optional(),
    }),
  ),
});

export function tableResources(createTable: CreateTable): ResourceTypes {
  const table: Apply = async (resource, { region, accountId }) => {
    const { name, attribute, global_secondary_index: indexes, ...key } = read(tableSchema, resource);
    await createTable({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: attribute.map((each) => ({ AttributeName: each.name, AttributeType: each.type })),
      KeySchema: keyOf(key),
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map((index) => ({
          IndexName: index.name,
          KeySchema: keyOf(index),
          Projection: {
            ProjectionType: index.projection_type,
            ...(index.non_key_attributes?.length && { NonKeyAttributes: index.non_key_attributes }),
          },
        })),
      }),
    });
    return { id: name, name, arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` };
  };
  return { aws_dynamodb_table: emulated(table) };
}

function keyOf({ hash_key: hash, range_key: range }: z.infer<typeof keySchema>): object[] {
  return [
    { AttributeName: hash, KeyType: "HASH" },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: "RANGE" }]),
  ];
}
