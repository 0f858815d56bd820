import * as z from "zod";
import { type Apply, blocks, read } from "../../stack/resource.ts";

/** The key is in `key_schema`; up to version 6.28 of the AWS provider, in `hash_key` and `range_key`. */
const indexSchema = z
  .object({
    name: z.string(),
    hash_key: z.string().optional(),
    range_key: z.string().optional(),
    key_schema: blocks(z.object({ attribute_name: z.string(), key_type: z.enum(["HASH", "RANGE"]) })),
    projection_type: z.string().optional(),
    non_key_attributes: z.array(z.string()).optional(),
  })
  .transform(({ hash_key, range_key, key_schema, ...index }, context) => {
    const attributes = (type: string) =>
      key_schema.filter(({ key_type }) => key_type === type).map(({ attribute_name }) => attribute_name);
    const [hashKey = hash_key, ...moreHashKeys] = attributes("HASH");
    const [rangeKey = range_key, ...moreRangeKeys] = attributes("RANGE");
    if (hashKey !== undefined && moreHashKeys.length + moreRangeKeys.length === 0)
      return { ...index, hashKey, rangeKey };
    context.addIssue({ code: "custom", message: "key_schema takes one HASH and at most one RANGE here" });
    return z.NEVER;
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
      hashKey: index.hashKey,
      ...(index.rangeKey !== undefined && { rangeKey: index.rangeKey }),
      ...(index.projection_type !== undefined && { projectionType: index.projection_type }),
      ...(index.non_key_attributes && { nonKeyAttributes: index.non_key_attributes }),
    })),
  });
  return { id: name, name, arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` };
};
