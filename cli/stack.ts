/** Which stack a command is about, that reads and writes what is in it: the engine that is running, or one on AWS. */
import { type Command, Option } from "commander";
import { askEngine, type Clients, clientsWith, connect, PATIENTLY, usualEndpoint } from "./client.ts";
import { readName, UsageError } from "./command.ts";

export interface StackOptions {
  endpoint: string;
  /** Outputs of a stack on AWS: those of the engine are asked for. */
  bucket?: string;
  processedBucket?: string;
  table?: string;
}

export interface Stack extends Clients {
  bucket: string;
  processedBucket: string;
  tableName: string;
}

export function namesStack(program: Command): Command {
  return program
    .addOption(
      new Option("--endpoint <url>", "where the engine is that npm start runs (AWS_ENDPOINT_URL)")
        .default(usualEndpoint)
        .conflicts(["bucket", "processedBucket", "table"]),
    )
    .option("--bucket <name>", "of a stack on AWS: its output original_bucket_name", readName)
    .option("--processed-bucket <name>", "of a stack on AWS: its output processed_bucket_name", readName)
    .option("--table <name>", "of a stack on AWS: its output metadata_table_name", readName);
}

/** @throws UsageError when something has to be named besides. */
export async function findStack(options: StackOptions): Promise<Stack> {
  const { bucket, processedBucket, table: tableName } = options;
  if (bucket && processedBucket && tableName) {
    // The caller's own credentials, and whatever else the environment says.
    const clients = clientsWith(PATIENTLY, { forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
    return { ...clients, bucket, processedBucket, tableName };
  }
  if (bucket ?? processedBucket ?? tableName)
    throw new UsageError(
      "Of a stack on AWS, all three are needed: --bucket, --processed-bucket and --table.",
    );
  const { endpoint } = options;
  const { region, outputs } = await askEngine(endpoint);
  return {
    ...connect({ endpoint, region }, PATIENTLY),
    bucket: outputs.original_bucket_name,
    processedBucket: outputs.processed_bucket_name,
    tableName: outputs.metadata_table_name,
  };
}

/** One table of a stack, and clients for what is beside it. */
export interface OpenTable extends Clients {
  TableName: string;
}

/**
 * @param output what the engine's own table is called by; `named` is that of a stack on AWS.
 * @throws with what to do where there is none.
 */
export async function tableAt(
  output: "metadata_table_name" | "presets_table_name" | "usage_table_name",
  { endpoint, table: named }: Pick<StackOptions, "endpoint" | "table">,
): Promise<OpenTable> {
  // Region and credentials are the caller's own, and whatever else the environment says.
  if (named !== undefined) return { ...clientsWith(PATIENTLY, { forcePathStyle: false }), TableName: named };
  const { region, outputs } = await askEngine(endpoint);
  const TableName = outputs[output];
  if (TableName === undefined)
    throw new Error(`The stack that runs at ${endpoint} has no such table. Start it anew with npm start.`);
  return { ...connect({ endpoint, region }, PATIENTLY), TableName };
}
