/** `npm run rollback -- --prefix holidays/`: what was published of images before is shown again. */
import { Option } from "commander";
import { askEngine, type Clients, clientsWith, connect, usualEndpoint } from "./client.ts";
import { command, runCommand, UsageError } from "./command.ts";
import {
  type Choice,
  type ChoiceOptions,
  choiceOf,
  choosesImages,
  inSteps,
  keysOf,
  type Source,
} from "./keys.ts";
import { putBack, type Shelf } from "./rollback/put-back.ts";
import { counted, printable } from "./text.ts";

interface RollbackOptions extends ChoiceOptions {
  undo: boolean;
  endpoint: string;
  bucket?: string;
  processedBucket?: string;
  table?: string;
}

/** Images at a time. */
const AT_ONCE = 10;

await runCommand(async () => {
  const options = readOptions();
  const choice = choiceOf(options);
  const stack = await findStack(options);
  try {
    return await rollBack(choice, stack, options);
  } finally {
    stack.close();
  }
});

async function rollBack(choice: Choice, stack: Source & Shelf, { undo }: RollbackOptions): Promise<number> {
  let shown = 0;
  let failed = 0;
  const fail = (key: string, reason: string) => {
    failed += 1;
    console.error(`${printable(key)}: ${reason}`);
  };
  const roll = async (key: string) => {
    try {
      const done = await putBack(key, stack, undo);
      if (done !== "no other version") shown += 1;
      else if (choice.keys) fail(key, "there is no other version to show.");
    } catch (error) {
      fail(key, printable(error instanceof Error ? error.message : String(error)));
    }
  };
  const missing: string[] = [];
  for await (const keys of inSteps(keysOf(choice, stack, missing), AT_ONCE))
    await Promise.all(keys.map(roll));
  for (const key of missing) fail(key, "there is no such image.");
  console.log(
    `${counted(shown, "image shows", "images show")} ${undo ? "the version after" : "the version before"}.`,
  );
  return failed === 0 ? 0 : 1;
}

async function findStack(options: RollbackOptions): Promise<Clients & Source & Shelf> {
  const { bucket, processedBucket, table: tableName } = options;
  if (bucket && processedBucket && tableName) {
    // The caller's own credentials, and whatever else the environment says.
    const clients = clientsWith({}, { forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
    return { ...clients, bucket, processedBucket, tableName };
  }
  if (bucket ?? processedBucket ?? tableName)
    throw new UsageError(
      "Of a stack on AWS, all three are needed: --bucket, --processed-bucket and --table.",
    );
  const { endpoint } = options;
  const { region, outputs } = await askEngine(endpoint);
  return {
    ...connect({ endpoint, region }),
    bucket: outputs.original_bucket_name,
    processedBucket: outputs.processed_bucket_name,
    tableName: outputs.metadata_table_name,
  };
}

function readOptions(): RollbackOptions {
  const description = "Shows what was published of images before they were processed last.";
  return choosesImages(command("rollback", description))
    .option("--undo", "show the newer version again, where it was put back", false)
    .addOption(
      new Option("--endpoint <url>", "where the engine is that npm start runs (AWS_ENDPOINT_URL)")
        .default(usualEndpoint)
        .conflicts(["bucket", "processedBucket", "table"]),
    )
    .option("--bucket <name>", "of a stack on AWS: its output original_bucket_name")
    .option("--processed-bucket <name>", "of a stack on AWS: its output processed_bucket_name")
    .option("--table <name>", "of a stack on AWS: its output metadata_table_name")
    .parse()
    .opts<RollbackOptions>();
}
