/** What permission each operation of DynamoDB needs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
import * as z from "zod";
import type { Access } from "../../iam/index.ts";

const ON_TABLES = [
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
  "UpdateTable",
];
const ON_SEVERAL_TABLES = ["BatchGetItem", "BatchWriteItem"];

/** What dynalite has. */
export const OPERATIONS = [...ON_TABLES, ...ON_SEVERAL_TABLES, "ListTables"].sort();

const inputSchema = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  /** Of batches, by table. */
  RequestItems: z.record(z.string(), z.unknown()).default({}),
});

/** Undefined for an operation that is not known, and an input that is none. `prefix`: `arn:aws:dynamodb:<region>:<account>:` */
export function dynamodbPermissions(operation: string, input: unknown, prefix: string): Access[] | undefined {
  const { data } = inputSchema.safeParse(input);
  if (!data) return undefined;
  const action = `dynamodb:${operation}`;
  const tableArn = (name: string) => (name.startsWith("arn:") ? name : `${prefix}table/${name}`);
  if (operation === "ListTables") return [{ action, resource: "*" }];
  if (ON_SEVERAL_TABLES.includes(operation))
    return Object.keys(data.RequestItems).map((name) => ({ action, resource: tableArn(name) }));
  const { TableName: table, IndexName: index } = data;
  if (!ON_TABLES.includes(operation) || table === undefined) return undefined;
  const resource = index === undefined ? tableArn(table) : `${tableArn(table)}/index/${index}`;
  return [{ action, resource }];
}
