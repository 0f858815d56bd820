/** `npm run explain -- --key photo.jpg`: how an image was processed, attempt by attempt, and what to do where that failed. */
import { type HistoryEvent, paginateGetExecutionHistory } from "@aws-sdk/client-sfn";
import { Option } from "commander";
import { adviceFor } from "../functions/shared/advice.ts";
import { attemptsIn } from "../functions/shared/attempts.ts";
import { imageIdOf } from "../functions/shared/keys.ts";
import { isUnknownExecution } from "../functions/shared/workflow.ts";
import { endpointOption, usualEndpoint } from "./client.ts";
import { command, readName, runCommand, UsageError } from "./command.ts";
import { linesAbout } from "./explain/lines.ts";
import { readRecord } from "./results.ts";
import { type OpenTable, tableAt } from "./stack.ts";
import { printable } from "./text.ts";

interface ExplainOptions {
  key?: string[];
  id?: string[];
  endpoint: string;
  table?: string;
}

await runCommand(async () => {
  const { key = [], id = [], ...where } = readOptions();
  if ([...key, ...id].filter(Boolean).length === 0) throw new UsageError("Which images? Say --key or --id.");
  const stack = await tableAt("metadata_table_name", where);
  // Of what is on this machine, there is no console to look at.
  const isOnAws = where.table !== undefined && process.env.AWS_ENDPOINT_URL === undefined;
  let code = 0;
  try {
    for (const [name, imageId] of [
      ...key.map((each) => [each, imageIdOf(each)] as const),
      ...id.map((each) => [each, each] as const),
    ])
      if (!(await explain(stack, { name, imageId, isOnAws, options: optionsFor(where) }))) code = 1;
  } finally {
    stack.close();
  }
  return code;
});

async function explain(
  stack: OpenTable,
  { name, imageId, isOnAws, options }: { name: string; imageId: string; isOnAws: boolean; options: string },
): Promise<boolean> {
  const record = await readRecord(stack, stack.TableName, imageId);
  if (record === undefined) {
    console.error(`${printable(name)}: there is no such image.`);
    return false;
  }
  const { execution, error } = record.lastAttempt ?? {};
  const events = execution && (await historyOf(stack, execution.arn));
  const lines = linesAbout(record, {
    attempts: events && attemptsIn(events),
    advice: error && adviceFor(error.name),
    isOnAws,
    stack: options,
  });
  for (const line of lines) console.log(printable(line));
  return true;
}

/** Of a stack on AWS by its outputs, as the runbook sets them. */
function optionsFor({ endpoint, table }: Pick<ExplainOptions, "endpoint" | "table">): string {
  if (table !== undefined) return '--queue-url "$queue_url" --bucket "$original_bucket_name" ';
  return endpointOption(endpoint);
}

/** @returns undefined where Step Functions does not know it: EXPRESS ones are in the logs only, others are kept for 90 days. */
async function historyOf({ states }: OpenTable, executionArn: string): Promise<HistoryEvent[] | undefined> {
  const all: HistoryEvent[] = [];
  try {
    for await (const { events = [] } of paginateGetExecutionHistory({ client: states }, { executionArn }))
      all.push(...events);
    return all;
  } catch (error) {
    if (isUnknownExecution(error)) return undefined;
    throw error;
  }
}

function readOptions(): ExplainOptions {
  const description =
    "Shows how images were processed, attempt by attempt, and what to do where that failed.";
  return command("explain", description)
    .option("--key <key...>", "images by the keys of their originals")
    .option("--id <imageId...>", "images by their ids, as the API has them")
    .addOption(
      new Option("--endpoint <url>", "where the engine is that npm start runs (AWS_ENDPOINT_URL)")
        .default(usualEndpoint)
        .conflicts("table"),
    )
    .option("--table <name>", "of a stack on AWS: its output metadata_table_name", readName)
    .parse()
    .opts<ExplainOptions>();
}
