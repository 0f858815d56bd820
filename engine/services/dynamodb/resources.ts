/** DynamoDB tables. */
import * as z from "zod";
import { type Apply, blocks, emulated, type ResourceTypes } from "../../stack/resource.ts";
import type { Perform } from "./dynalite.ts";
import { makeTable } from "./tables.ts";

/** As DynamoDB has it, the HASH first. */
const keySchema = blocks(z.object({ attribute_name: z.string(), key_type: z.enum(["HASH", "RANGE"]) }))
  .transform((keys) =>
    keys
      .map((key) => ({ AttributeName: key.attribute_name, KeyType: key.key_type }))
      .sort((a, b) => a.KeyType.localeCompare(b.KeyType)),
  )
  .refine(
    (keys) => /^HASH( RANGE)?$/.test(keys.map(({ KeyType }) => KeyType).join(" ")),
    "key_schema takes one HASH and at most one RANGE here",
  );

const tableSchema = z.object({
  name: z.string(),
  hash_key: z.string(),
  range_key: z.string().optional(),
  attribute: blocks(z.object({ name: z.string(), type: z.string() })),
  global_secondary_index: blocks(
    z.object({
      name: z.string(),
      key_schema: keySchema,
      projection_type: z.string().default("ALL"),
      non_key_attributes: z.array(z.string()).optional(),
    }),
  ),
});

export function tableResources(perform: Perform): ResourceTypes {
  return { aws_dynamodb_table: emulated(tableSchema, table(perform)) };
}

const table =
  (perform: Perform): Apply<typeof tableSchema> =>
  async ({ name, attribute, global_secondary_index: indexes, ...key }, { region, accountId }) => {
    const range = key.range_key === undefined ? [] : [{ AttributeName: key.range_key, KeyType: "RANGE" }];
    await makeTable(perform, {
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: attribute.map((each) => ({ AttributeName: each.name, AttributeType: each.type })),
      KeySchema: [{ AttributeName: key.hash_key, KeyType: "HASH" }, ...range],
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map((index) => ({
          IndexName: index.name,
          KeySchema: index.key_schema,
          Projection: {
            ProjectionType: index.projection_type,
            ...(index.non_key_attributes?.length && { NonKeyAttributes: index.non_key_attributes }),
          },
        })),
      }),
    });
    return { id: name, name, arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` };
  };
