/** `npm run upload -- photo.jpg`: to the engine that is running, and then follows what becomes of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeExecutionCommand, ListExecutionsCommand } from "@aws-sdk/client-sfn";
import * as z from "zod";
import { askEngine, usualEndpoint } from "./about.ts";
import { type Clients, connect } from "./client.ts";
import { command, runCommand, UsageError } from "./command.ts";
import { fewAtATime, findFiles, type ImageFile, noteOn, upload } from "./files.ts";
import { type EndedExecution, imageOf, type Result, resultOf } from "./results.ts";
import { byteSize, counted } from "./show.ts";
import { printable } from "./text.ts";
import { sendThroughApi } from "./upload/api.ts";

const aboutSchema = z.object({
  region: z.string(),
  /** Empty where the stack has none. */
  apiUrl: z.string().default(""),
  outputs: z.object({
    original_bucket_name: z.string(),
    processed_bucket_name: z.string(),
    metadata_table_name: z.string(),
    state_machine_arn: z.string(),
  }),
});
type About = z.infer<typeof aboutSchema>;

const FILES_AT_A_TIME = 8;
const POLL_MS = 100;
/** An upload that has no execution by then was ignored. */
const START_LIMIT_MS = 30_000;

await runCommand(async () => {
  const { paths, endpoint, api } = readArguments();
  const { files, skipped } = await findFiles(paths);
  const note = noteOn(skipped);
  if (note !== undefined) console.error(note);
  if (files.length === 0) throw new UsageError("There is no image among the files given.");
  const about = await askEngine(endpoint, aboutSchema);
  const send = api ? await throughApi(about, endpoint) : throughBucket(about, endpoint);
  const outcomes = await fewAtATime(files, FILES_AT_A_TIME, async (file) => {
    const { outcome, text } = await send
      .one(file)
      .catch((error: unknown): Sent => ({ outcome: "failed", text: `failed. ${whatWentWrong(error)}` }));
    console.log(`${printable(file.path)}: ${printable(text)}`);
    return outcome;
  });
  send.close();
  return outcomes.every((outcome) => outcome === "processed") ? 0 : 1;
});

interface Sent {
  outcome: string;
  /** The outcome and what to know about it. */
  text: string;
}

interface Sender {
  one(file: ImageFile): Promise<Sent>;
  close(): void;
}

function throughBucket(about: About, endpoint: string): Sender {
  const clients = connect({ endpoint, region: about.region });
  return {
    async one(file) {
      const result = await send(file, about, clients);
      return { outcome: result.outcome, text: describe(result, about, endpoint) };
    },
    close: () => clients.close(),
  };
}

async function throughApi({ apiUrl }: About, endpoint: string): Promise<Sender> {
  if (apiUrl === "")
    throw new UsageError(`The stack that runs at ${endpoint} has no REST API. Leave out --api.`);
  const tokenPage = new URL("/_engine/token", endpoint).href;
  const url = apiUrl.replace(/\/$/, "");
  const token = await (await fetch(tokenPage)).text();
  return {
    async one(file) {
      const result = await sendThroughApi(file, { url, token });
      const { outcome } = result;
      if (result.outcome !== "processed") return { outcome, text: `${outcome}. ${result.reason}` };
      const { files, bytes, imageId } = result;
      const show = `curl -H "Authorization: Bearer $(curl -s ${tokenPage})" ${url}/images/${imageId}`;
      return { outcome, text: `processed into ${counted(files, "file")} (${byteSize(bytes)}): ${show}` };
    },
    close: () => undefined,
  };
}

/** Of a failed request, fetch tells the reason in the cause only. */
function whatWentWrong(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function readArguments(): { paths: string[]; endpoint: string; api: boolean } {
  const program = command("upload", "Uploads images to the engine that npm start runs.", { files: true })
    .option("--endpoint <url>", "where that engine is (AWS_ENDPOINT_URL)", usualEndpoint)
    .option("--api", "send them through the REST API, as its test user", false)
    .parse();
  return { paths: program.args, ...program.opts<{ endpoint: string; api: boolean }>() };
}

async function send(file: ImageFile, { outputs }: About, clients: Clients): Promise<Result> {
  const versionId = await upload(file, outputs.original_bucket_name, clients);
  const isIts = (input: string) => {
    const image = imageOf(input);
    return image?.key === file.key && (versionId === undefined || image.versionId === versionId);
  };
  const execution = await findExecution(outputs.state_machine_arn, isIts, clients);
  if (!execution) {
    return { outcome: "failed", reason: "The pipeline ignored it: no execution was started." };
  }
  const ended = await untilEnded(execution, clients);
  return resultOf(ended, clients, outputs.metadata_table_name);
}

async function findExecution(
  stateMachineArn: string,
  isIts: (input: string) => boolean,
  { states }: Clients,
): Promise<string | undefined> {
  const others = new Set<string>();
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit) {
    const { executions = [] } = await states.send(new ListExecutionsCommand({ stateMachineArn }));
    for (const { executionArn = "" } of executions) {
      if (others.has(executionArn)) continue;
      const { input = "" } = await states.send(new DescribeExecutionCommand({ executionArn }));
      if (isIts(input)) return executionArn;
      others.add(executionArn);
    }
    await sleep(POLL_MS);
  }
  return undefined;
}

async function untilEnded(executionArn: string, { states }: Clients): Promise<EndedExecution> {
  for (;;) {
    const {
      status = "",
      input = "",
      error,
      cause,
    } = await states.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== "RUNNING") return { arn: executionArn, status, input, error, cause };
    await sleep(POLL_MS);
  }
}

function describe(result: Result, { outputs }: About, endpoint: string): string {
  if (result.outcome === "superseded") return "a newer version of it was recorded first";
  if (result.outcome !== "processed") return `${result.outcome}. ${result.reason}`;
  const { record, files, bytes } = result;
  const where = `s3://${outputs.processed_bucket_name}/${record.imageId}/`;
  return `processed into ${counted(files, "file")} (${byteSize(bytes)}): aws --endpoint-url ${endpoint} s3 ls ${where}`;
}
