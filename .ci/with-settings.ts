/**
 * Runs a command with GitHub's variables as settings: `node .ci/with-settings.ts npx cdktf diff`, with `toJSON(vars)` in VARIABLES.
 * Those that are called IMAGE_PIPELINE_… are settings as they are; the state's bucket and the region become some. Which
 * environment it is, the workflow says.
 */
import { spawnSync } from "node:child_process";
import * as z from "zod";

const variablesSchema = z
  .object({ STATE_BUCKET: z.string().min(1), AWS_REGION: z.string().min(1).default("us-east-1") })
  .catchall(z.string());

const variables = variablesSchema.safeParse(JSON.parse(process.env.VARIABLES ?? "{}"));
const [command, ...args] = process.argv.slice(2);
if (command === undefined) fail("Which command? node .ci/with-settings.ts <command> …");
else if (!variables.success) fail("The variable STATE_BUCKET is missing: see docs/deploying.md.");
else {
  const env = { ...process.env, ...settingsOf(variables.data) };
  process.exitCode = spawnSync(command, args, { stdio: "inherit", env }).status ?? 1;
}

function settingsOf({
  STATE_BUCKET: bucket,
  AWS_REGION: region,
  ...others
}: z.infer<typeof variablesSchema>) {
  const { IMAGE_PIPELINE_ENVIRONMENT: _, ...settings } = Object.fromEntries(
    Object.entries(others).filter(([name]) => name.startsWith("IMAGE_PIPELINE_")),
  );
  return {
    IMAGE_PIPELINE_REGION: region,
    IMAGE_PIPELINE_REMOTE_STATE: JSON.stringify({ bucket, region }),
    ...settings,
  };
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
