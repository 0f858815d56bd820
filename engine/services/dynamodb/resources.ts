/** DynamoDB tables. */
import * as z from "zod";
import { type Apply, blocks, emulated, type ResourceTypes } from "../../stack/resource.ts";
import type { Perform } from "./dynalite.ts";
import { makeTable } from "./tables.ts";

const tableSchema = z.object({
  name: z.string(),
  hash_key: z.string(),
  range_key: z.string().optional(),
  attribute: blocks(z.object({ name: z.string(), type: z.string() })),
  global_secondary_index: blocks(
    z
      .object({
        name: z.string(),
        /** Up to version 6.28 of the AWS provider, instead of `key_schema`. */
        hash_key: z.string().optional(),
        range_key: z.string().optional(),
        key_schema: blocks(z.object({ attribute_name: z.string(), key_type: z.enum(["HASH", "RANGE"]) })),
        projection_type: z.string().default("ALL"),
        non_key_attributes: z.array(z.string()).optional(),
      })
      .refine(
        (index) =>
          ["HASH", "HASH RANGE"].includes(
            keyOf(index)
              .map(({ KeyType }) => KeyType)
              .join(" "),
          ),
        "key_schema takes one HASH and at most one RANGE here",
      ),
  ),
});

interface Key {
  hash_key?: string | undefined;
  range_key?: string | undefined;
  key_schema?: { attribute_name: string; key_type: "HASH" | "RANGE" }[];
}

export function tableResources(perform: Perform): ResourceTypes {
  return { aws_dynamodb_table: emulated(tableSchema, table(perform)) };
}

const table =
  (perform: Perform): Apply<typeof tableSchema> =>
  async ({ name, attribute, global_secondary_index: indexes, ...key }, { region, accountId }) => {
    await makeTable(perform, {
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

/** As DynamoDB has it, the HASH first. */
function keyOf({ hash_key: hash, range_key: range, key_schema: schema = [] }: Key) {
  const own = schema.map((key) => ({ AttributeName: key.attribute_name, KeyType: key.key_type }));
  if (own.length > 0) return own.sort((a, b) => a.KeyType.localeCompare(b.KeyType));
  return [
    ...(hash === undefined ? [] : [{ AttributeName: hash, KeyType: "HASH" }]),
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: "RANGE" }]),
  ];
}
