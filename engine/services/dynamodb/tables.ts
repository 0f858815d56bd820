/** Makes the stack's tables, or finds that an earlier engine has made them. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { StackError } from "../../stack-error.ts";
import type { Perform } from "./dynalite.ts";

/** The input of CreateTable, as far as this engine makes tables. */
export interface TableInput {
  TableName: string;
  BillingMode: "PAY_PER_REQUEST";
  AttributeDefinitions: object[];
  KeySchema: object[];
  GlobalSecondaryIndexes?: object[];
}

const answerSchema = z.object({ __type: z.string().default(""), message: z.string().optional() });

/** @throws Error when DynamoDB would refuse it, StackError when there is another one of that name. */
export async function makeTable(perform: Perform, input: TableInput): Promise<void> {
  const { TableName } = input;
  const { status, body } = await perform("CreateTable", JSON.stringify(input));
  if (status === 200) return untilActive(perform, TableName);
  const { __type: type } = answerSchema.parse(JSON.parse(String(body)));
  if (!type.endsWith("#ResourceInUseException"))
    throw new Error(`The table ${TableName} cannot be made: ${String(body)}`);
  const Table = await describe(perform, TableName);
  if (shapeOf(Table) === shapeOf(partsSchema.parse(input))) return;
  throw new StackError(
    `The table ${TableName} that is kept has other keys or indexes than the stack's. Choose another folder for the data.`,
  );
}

/** A table that is being made is none yet to whoever writes into it. */
async function untilActive(perform: Perform, name: string): Promise<void> {
  while ((await describe(perform, name)).TableStatus !== "ACTIVE") await sleep(1);
}

async function describe(perform: Perform, TableName: string) {
  const { body } = await perform("DescribeTable", JSON.stringify({ TableName }));
  return describedSchema.parse(JSON.parse(String(body))).Table;
}

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const partsSchema = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({
          ProjectionType: z.string(),
          NonKeyAttributes: z.array(z.string()).optional(),
        }),
      }),
    )
    .default([]),
});
const describedSchema = z.object({ Table: partsSchema.extend({ TableStatus: z.string() }) });

/** The same text for the same table, in whatever order its parts are told. */
function shapeOf({ AttributeDefinitions, KeySchema, GlobalSecondaryIndexes }: z.infer<typeof partsSchema>) {
  const attributes = AttributeDefinitions.map((attribute) => JSON.stringify(attribute)).sort();
  const indexes = GlobalSecondaryIndexes.map(({ Projection, ...index }) => {
    const NonKeyAttributes = Projection.NonKeyAttributes?.toSorted();
    return JSON.stringify({ ...index, Projection: { ...Projection, NonKeyAttributes } });
  }).sort();
  return JSON.stringify({ attributes, KeySchema, indexes });
}
