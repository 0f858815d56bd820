/** DynamoDB tables. */
import * as z from "zod";
import { type Apply, blocks, read } from "../../stack/resource.ts";

const indexSchema = z.object({
  name: z.string(),
  hash_key: z.string(),
  range_key: z.string().optional(),
  projection_type: z.string().optional(),
  non_key_attributes: z.array(z.string()).optional(),
});

const tableSchema = z.object({
  name: z.string(),
  hash_key: z.string(),
  range_key: z.string().optional(),
  attribute: blocks(z.object({ name: z.string(), type: z.string() })),
  global_secondary_index: blocks(indexSchema),
});

export const table: Apply = async (resource, { tables, region, accountId }) => {
  const { name, hash_key, range_key, attribute, global_secondary_index } = read(tableSchema, resource);
  await tables.createTable({
    name,
    hashKey: hash_key,
    ...(range_key !== undefined && { rangeKey: range_key }),
    attributes: attribute,
    globalSecondaryIndexes: global_secondary_index.map((index) => ({
      name: index.name,
      hashKey: index.hash_key,
      ...(index.range_key !== undefined && { rangeKey: index.range_key }),
      ...(index.projection_type !== undefined && { projectionType: index.projection_type }),
      ...(index.non_key_attributes && { nonKeyAttributes: index.non_key_attributes }),
    })),
  });
  return { id: name, name, arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` };
};
