/** `npm start`: the whole pipeline on this machine, until Ctrl-C. */
import type { WriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import type { Engine, TestUser } from "stack-engine";
import { connect, DEFAULT_PORT, endpointOption } from "./client.ts";
import { command, interrupted, readPort, runCommand, UsageError } from "./command.ts";
import { takesFaults } from "./fault-option.ts";
import { takesColours, View } from "./show.ts";
import { synthesize } from "./synth.ts";
import { counted, errorText, printable, quoted } from "./text.ts";

interface StartOptions {
  port: number;
  verbose?: true;
  fault?: string[];
  logFile?: string;
  data?: string;
}

await runCommand(async () => {
  const { port, verbose = false, fault = [], logFile, data } = readOptions();
  const asked = performance.now();
  if (data === "") throw new UsageError("--data needs the name of a folder.");
  const log = await openLog(logFile);
  // The engine takes a while to load, and nobody who asks for help needs it.
  const { DataFolderError, PortTakenError, startEngine } = await import("stack-engine");
  const { checkFaults, parseFaults, warnOfUnused } = await import("./faults.ts");
  const faults = parseFaults(fault);
  const stackFile = await synthesize();
  await checkFaults(faults, stackFile);
  const stopping = interrupted();
  const engine = await startEngine({ stackFile, port, ...(data !== undefined && { data }) }).catch(
    (error: unknown) => {
      if (error instanceof DataFolderError) throw new UsageError(error.message);
      if (!(error instanceof PortTakenError)) throw error;
      const message = `${error.message} Stop that one, or choose another port with --port.`;
      throw new Error(message, { cause: error });
    },
  );
  for (const fault of faults) engine.faults.add(fault);
  const before = data === undefined ? undefined : await takenUp(engine);
  const print = (line: string) => {
    console.log(line);
    log?.write(`${stripVTControlCharacters(line)}\n`);
  };
  const view = new View({
    write: print,
    colours: takesColours(process.stdout),
    verbose,
    explains: (key) => `npm run explain -- ${endpointOption(engine.endpoint)}--key ${quoted(key)}`,
  });
  const testUser = engine.apiUrl && engine.signInUrl ? await engine.testUser() : undefined;
  print(introduction(engine, { seconds: (performance.now() - asked) / 1000, testUser, data }));
  if (before !== undefined) print(before);
  view.follow(engine);
  void engine.warm();

  const code = await stopping.code;
  engine.events.removeAllListeners();
  await engine.stop();
  print(
    `Stopped. Nothing is left running.${data === undefined ? "" : ` ${printable(data)} keeps what there was.`}`,
  );
  warnOfUnused(engine.faults);
  log?.end();
  return code;
});

function readOptions(): StartOptions {
  const program = command("start", "Runs the image pipeline on this machine, until Ctrl-C.")
    .option(
      "--port <port>",
      "where AWS tools and SDKs reach it; the API, the sign-in pages and the web app are on the next three",
      readPort,
      DEFAULT_PORT,
    )
    .option("--verbose", "show every state, and what the functions write to their logs")
    .option(
      "--data <folder>",
      "keep buckets, table, queues and executions in this folder, and go on with what is there",
    )
    .option("--log-file <file>", "write everything shown to this file as well");
  return takesFaults(program).parse().opts<StartOptions>();
}

/** @throws UsageError when the file cannot be written. */
async function openLog(path: string | undefined): Promise<WriteStream | undefined> {
  if (path === undefined) return undefined;
  const file = await open(path, "a").catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--log-file ${path}: it cannot be written (${error.code}). Name another file.`);
  });
  const log = file.createWriteStream();
  log.once("error", (error) => console.error(`--log-file ${path}: ${errorText(error)}.`));
  return log;
}

function introduction(
  engine: Engine,
  { seconds, testUser, data }: { seconds: number; testUser: TestUser | undefined; data: string | undefined },
): string {
  const { endpoint, apiUrl, signInUrl, siteUrl, region, outputs } = engine;
  const { original_bucket_name: original = "", processed_bucket_name: processed = "" } = outputs;
  const rows = Object.entries({
    "Web app": siteUrl,
    "AWS endpoint": `${endpoint} (region ${region}, any credentials)`,
    "REST API": apiUrl,
    "Sign-in pages": signInUrl,
    "Original bucket": original,
    "Processed bucket": processed,
    "Metadata table": outputs.metadata_table_name,
    "State machine": outputs.state_machine_arn,
    "Outcome topic": outputs.outcome_topic_arn,
  });
  return `The image pipeline runs on this machine; it was ready after ${seconds.toFixed(1)} s.

${rows.flatMap(([label, value]) => (value ? `  ${label.padEnd(16)}  ${value}` : [])).join("\n")}
${siteUrl && testUser ? signInHelp(testUser) : ""}
Upload a photograph:

  npm run upload -- ${endpointOption(engine.endpoint)}photo.jpg
${testUser ? apiExample(engine, testUser) : ""}
Or with the AWS CLI (from 2.13 or 1.29 on: an older one sends it to AWS), in another terminal:

  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_DEFAULT_REGION=${region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws s3 cp photo.jpg s3://${original}/
  aws s3 ls --recursive s3://${processed}/

Ctrl-C stops it; ${data === undefined ? "what it holds goes with it. --data <folder> keeps it." : `${printable(data)} keeps what it holds.`}
`;
}

/** What an engine before this one has left in the folder for data, unfinished; undefined where there is nothing. */
async function takenUp(engine: Engine): Promise<string | undefined> {
  const { states, close } = connect(engine);
  const { state_machine_arn: stateMachineArn } = engine.outputs;
  const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING", maxResults: 1000 });
  // Of EXPRESS executions there is no list.
  const { executions = [] } = await states.send(running).catch(() => ({ executions: [] }));
  close();
  if (executions.length === 0) return undefined;
  return `It takes up ${counted(executions.length, "execution that was", "executions that were")} under way.\n`;
}

function signInHelp({ email }: TestUser): string {
  return `
Open the web app and sign in as ${email}, or with any other e-mail address: no password is asked for.
`;
}

function apiExample({ endpoint, apiUrl }: Engine, { email }: TestUser): string {
  return `
Or call the REST API, here as ${email}:

  curl -H "Authorization: Bearer $(curl -s ${endpoint}/_engine/token)" ${apiUrl}/images
`;
}
