/** `npm run rollback -- --prefix holidays/`: what was published of images before is shown again. */
import { Option } from "commander";
import * as z from "zod";
import { askEngine, clientsWith, connect, usualEndpoint } from "./client.ts";
import { command, runCommand, UsageError } from "./command.ts";
import { type Choice, keysOf, type Source } from "./reprocess/keys.ts";
import { putBack, type Shelf } from "./rollback/put-back.ts";
import { counted, printable } from "./text.ts";

interface RollbackOptions {
  key?: string[];
  prefix?: string;
  all: boolean;
  undo: boolean;
  endpoint: string;
  bucket?: string;
  processedBucket?: string;
  table?: string;
}

const aboutSchema = z.object({
  region: z.string(),
  outputs: z.object({
    original_bucket_name: z.string(),
    processed_bucket_name: z.string(),
    metadata_table_name: z.string(),
  }),
});

/** Images at a time. */
const AT_ONCE = 10;

await runCommand(async () => {
  const options = readOptions();
  const choice = choiceOf(options);
  const { source, shelf } = await findStack(options);
  let swapped = 0;
  let failed = 0;
  const fail = (key: string, reason: string) => {
    failed += 1;
    console.error(`${printable(key)}: ${reason}`);
  };
  const roll = async (key: string) => {
    try {
      if ((await putBack(key, shelf, options.undo)) === "swapped") swapped += 1;
      else if (choice.keys) fail(key, "there is no other version to show.");
    } catch (error) {
      fail(key, printable(error instanceof Error ? error.message : String(error)));
    }
  };
  const missing: string[] = [];
  let batch: string[] = [];
  for await (const key of keysOf(choice, source, missing)) {
    batch.push(key);
    if (batch.length < AT_ONCE) continue;
    await Promise.all(batch.map(roll));
    batch = [];
  }
  await Promise.all(batch.map(roll));
  for (const key of missing) fail(key, "there is no such image.");
  const version = options.undo ? "the version after" : "the version before";
  console.log(`${counted(swapped, "image shows", "images show")} ${version} again.`);
  return failed === 0 ? 0 : 1;
});

function choiceOf({ key, prefix, all }: RollbackOptions): Choice {
  const given = [key && "--key", prefix !== undefined && "--prefix", all && "--all"].filter(Boolean);
  if (given.length !== 1) throw new UsageError("Which images? Say one of --key, --prefix, and --all.");
  // As a variable that is not set leaves it.
  if (prefix === "" || key?.includes("")) throw new UsageError(`${given[0]} is empty. --all is all images.`);
  return { keys: key, prefix: prefix ?? "", status: undefined, startAfter: undefined };
}

async function findStack(options: RollbackOptions): Promise<{ source: Source; shelf: Shelf }> {
  const { bucket, processedBucket, table: tableName } = options;
  const named = [bucket, processedBucket, tableName].filter((name) => name !== undefined);
  if (bucket && processedBucket && tableName) {
    // The caller's own credentials, and whatever else the environment says.
    const { s3, table } = clientsWith({}, { forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
    return { source: { s3, table, bucket, tableName }, shelf: { s3, table, tableName, processedBucket } };
  }
  if (named.length > 0)
    throw new UsageError(
      "Of a stack on AWS, all three are needed: --bucket, --processed-bucket and --table.",
    );
  const { endpoint } = options;
  const { region, outputs } = await askEngine(endpoint, aboutSchema);
  const { s3, table } = connect({ endpoint, region });
  const shared = { s3, table, tableName: outputs.metadata_table_name };
  return {
    source: { ...shared, bucket: outputs.original_bucket_name },
    shelf: { ...shared, processedBucket: outputs.processed_bucket_name },
  };
}

function readOptions(): RollbackOptions {
  return command("rollback", "Shows what was published of images before they were processed last.")
    .option("--key <key...>", "these")
    .option("--prefix <prefix>", "all whose key starts with it, such as holidays/")
    .option("--all", "all there are", false)
    .option("--undo", "show the newer version again, where it was put back", false)
    .addOption(
      new Option("--endpoint <url>", "where the engine is that npm start runs (AWS_ENDPOINT_URL)").default(
        usualEndpoint,
      ),
    )
    .option("--bucket <name>", "of a stack on AWS: its output original_bucket_name")
    .option("--processed-bucket <name>", "of a stack on AWS: its output processed_bucket_name")
    .option("--table <name>", "of a stack on AWS: its output metadata_table_name")
    .parse()
    .opts<RollbackOptions>();
}
