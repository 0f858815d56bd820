/** A table of the engine that is running, or of a stack on AWS. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { askEngine, clientsWith, connect } from "../cli/client.ts";

export interface OpenTable {
  table: DynamoDBDocumentClient;
  TableName: string;
  close(): void;
}

/** @param named the table of a stack on AWS; without it, the engine says what its own is called. */
export async function tableAt(
  output: "presets_table_name" | "usage_table_name",
  endpoint: string,
  named: string | undefined,
): Promise<OpenTable> {
  if (named !== undefined) {
    // Region and credentials are the caller's own.
    const { table, close } = clientsWith({}, { forcePathStyle: false });
    return { table, TableName: named, close };
  }
  const { region, outputs } = await askEngine(endpoint);
  const TableName = outputs[output];
  if (TableName === undefined)
    throw new Error(`The stack that runs at ${endpoint} has no such table. Start it anew with npm start.`);
  const { table, close } = connect({ endpoint, region });
  return { table, TableName, close };
}
