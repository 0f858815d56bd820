/** `npm run usage`: what users have sent and what they keep, and what that costs about. */
import { InvalidArgumentError } from "commander";
import { usualEndpoint } from "../../cli/client.ts";
import { command, runCommand } from "../../cli/command.ts";
import { tableAt } from "../../cli/stack.ts";
import { monthTable } from "./month-table.ts";
import { usageIn } from "./sum.ts";

interface UsageOptions {
  endpoint: string;
  table?: string;
  month: string;
  most: number;
}

await runCommand(async () => {
  const { month, most, ...where } = readOptions();
  const { table, TableName, close } = await tableAt("usage_table_name", where);
  try {
    console.log(monthTable(await usageIn(table, TableName, month), { month, most }));
    return 0;
  } finally {
    close();
  }
});

function readOptions(): UsageOptions {
  const description = "Shows what users have sent in a month, what they keep, and what that costs about.";
  return command("usage", description)
    .option("--month <month>", "which, as 2026-11 (UTC)", readMonth, new Date().toISOString().slice(0, 7))
    .option("--most <number>", "how many users to show, those who cost most first", readCount, 20)
    .option("--endpoint <url>", "where the engine is that npm start runs (AWS_ENDPOINT_URL)", usualEndpoint)
    .option("--table <name>", "of a stack on AWS: its output usage_table_name")
    .parse()
    .opts<UsageOptions>();
}

function readMonth(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InvalidArgumentError("It is a year and a month, such as 2026-11.");
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("It is a number from 1.");
}
