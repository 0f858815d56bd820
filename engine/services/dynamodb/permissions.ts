/** What permission each operation of DynamoDB needs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
import * as z from "zod";
import type { Access } from "../../iam/caller.ts";

const ON_TABLES = [
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeContinuousBackups",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
  "UpdateTable",
];

const named = z.object({ TableName: z.string() });
const inputSchema = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  /** Of batches, by table. */
  RequestItems: z.record(z.string(), z.unknown()).optional(),
  /** Of transactions: each one of these. */
  TransactItems: z
    .array(
      z.object({
        ConditionCheck: named.optional(),
        Delete: named.optional(),
        Get: named.optional(),
        Put: named.optional(),
        Update: named.optional(),
      }),
    )
    .optional(),
});

/** Undefined for an operation that is not known, and an input that is none. `prefix`: `arn:aws:dynamodb:<region>:<account>:` */
export function dynamodbAccesses(operation: string, input: unknown, prefix: string): Access[] | undefined {
  const { data } = inputSchema.safeParse(input);
  if (!data) return undefined;
  const tableArn = (name: string) => (name.startsWith("arn:") ? name : `${prefix}table/${name}`);
  if (operation === "ListTables") return [{ action: "dynamodb:ListTables", resource: "*" }];
  if (operation === "BatchGetItem" || operation === "BatchWriteItem") {
    const tables = Object.keys(data.RequestItems ?? {});
    return tables.map((name) => ({ action: `dynamodb:${operation}`, resource: tableArn(name) }));
  }
  if (operation === "TransactGetItems" || operation === "TransactWriteItems") {
    return (data.TransactItems ?? []).flatMap((item) =>
      Object.entries(item).flatMap(([kind, named]) =>
        named ? [{ action: `dynamodb:${kind}Item`, resource: tableArn(named.TableName) }] : [],
      ),
    );
  }
  const { TableName: table, IndexName: index } = data;
  if (!ON_TABLES.includes(operation) || table === undefined) return undefined;
  const resource = index === undefined ? tableArn(table) : `${tableArn(table)}/index/${index}`;
  return [{ action: `dynamodb:${operation}`, resource }];
}
