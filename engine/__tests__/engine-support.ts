/** Small stacks for tests, written as CDKTF writes them, and an engine that runs one. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SFNClient } from "@aws-sdk/client-sfn";
import { strToU8, zipSync } from "fflate";
import { afterAll, onTestFinished } from "vitest";
import { type Engine, type EngineOptions, startEngine } from "../engine.ts";
import { CREDENTIALS, REGION, signedFor } from "./endpoint-support.ts";

export { REGION };
export const ACCOUNT = "000000000000";

type Blocks = Record<string, Record<string, Record<string, unknown>>>;

export interface FixtureFunction {
  /** The source of index.mjs. */
  code: string;
  timeout?: number;
  memory_size?: number;
  layers?: string[];
  environment?: Record<string, string>;
  /** What its role may do; everything unless told. */
  allowed?: object[];
}

export interface Fixture {
  functions?: Record<string, FixtureFunction>;
  resource?: Blocks;
  data?: Blocks;
  output?: Record<string, { value: unknown }>;
  /** Archives beside the stack, by file name, each a map of paths to texts. */
  archives?: Record<string, Record<string, string>>;
}

/** Writes the stack into a folder of its own. */
export async function writeStack({
  functions = {},
  resource = {},
  data = {},
  output = {},
  archives = {},
}: Fixture) {
  const folder = await mkdtemp(join(tmpdir(), "engine-test-"));
  const archive = (name: string, files: Record<string, string>) => {
    const entries = Object.entries(files).map(([path, text]) => [path, strToU8(text)]);
    return writeFile(
      join(folder, name),
      zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1) }),
    );
  };
  for (const [name, files] of Object.entries(archives)) await archive(name, files);
  for (const [name, { code }] of Object.entries(functions))
    await archive(`${name}.zip`, { "index.mjs": code });
  const lambdas = Object.entries(functions).map(([name, settings]) => [name, functionBlock(name, settings)]);
  const { aws_iam_role, aws_iam_role_policy, ...others } = resource;
  const roles = Object.entries(functions).map(([name, settings]) => [name, rolesOf(name, settings)] as const);
  const stack = {
    "//": { metadata: { stackName: "fixture" } },
    provider: { aws: [{ region: REGION }] },
    resource: {
      ...(lambdas.length > 0 && { aws_lambda_function: Object.fromEntries(lambdas) }),
      aws_iam_role: { ...Object.fromEntries(roles.map(([name, { role }]) => [name, role])), ...aws_iam_role },
      aws_iam_role_policy: {
        ...Object.fromEntries(roles.map(([name, { policy }]) => [name, policy])),
        ...aws_iam_role_policy,
      },
      ...others,
    },
    data,
    output,
  };
  const file = join(folder, "cdk.tf.json");
  await writeFile(file, JSON.stringify(stack));
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

export type RunningEngine = Awaited<ReturnType<typeof runStack>>;

/** For one test: stops when that ends. */
export async function temporaryEngine(...started: Parameters<typeof runStack>): Promise<RunningEngine> {
  const engine = await runStack(...started);
  onTestFinished(engine.stop);
  return engine;
}

/** For all tests of a file, which calls this outside of them. */
export async function sharedEngine(...started: Parameters<typeof runStack>): Promise<RunningEngine> {
  const engine = await runStack(...started);
  afterAll(engine.stop);
  return engine;
}

/** An engine that runs the stack, without waiting before retries unless told; `stop` leaves nothing behind. */
export async function runStack(fixture: Fixture, options: Partial<EngineOptions> = {}) {
  const { file, remove } = await writeStack(fixture);
  const engine = await startEngine({ stackFile: file, port: 0, retryScale: 0, ...options }).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  const states = new SFNClient({
    region: REGION,
    endpoint: engine.endpoint,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  const stop = async () => {
    states.destroy();
    await engine.stop();
    await remove();
  };
  return { ...engine, states, stop, invoke: (name: string, event: unknown) => invoke(engine, name, event) };
}

/** What the Invoke API answers. */
export async function invoke(
  { endpoint }: Pick<Engine, "endpoint">,
  name: string,
  event: unknown,
  type?: string,
) {
  const response = await fetch(`${endpoint}/2015-03-31/functions/${name}/invocations`, {
    method: "POST",
    headers: { ...signedFor("lambda"), ...(type !== undefined && { "x-amz-invocation-type": type }) },
    body: JSON.stringify(event),
  });
  const text = await response.text();
  return {
    status: response.status,
    functionError: response.headers.get("x-amz-function-error"),
    errorType: response.headers.get("x-amzn-errortype"),
    payload: text === "" ? undefined : JSON.parse(text),
  };
}

/** A policy document. */
export const policyOf = (...statements: object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A role that a service may take on. */
export const roleOf = (name: string, service: string) => ({
  name,
  assume_role_policy: policyOf({
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
  }),
});

export const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" };

function rolesOf(name: string, { allowed = [EVERYTHING] }: FixtureFunction) {
  const policy = { role: `\${aws_iam_role.${name}.name}`, policy: policyOf(...allowed) };
  return { role: roleOf(`${name}-role`, "lambda.amazonaws.com"), policy };
}

function functionBlock(name: string, { code: _, environment, allowed: __, ...settings }: FixtureFunction) {
  return {
    function_name: name,
    filename: `${name}.zip`,
    handler: "index.handler",
    runtime: "nodejs24.x",
    role: `\${aws_iam_role.${name}.arn}`,
    depends_on: [`aws_iam_role_policy.${name}`],
    ...(environment && { environment: { variables: environment } }),
    ...settings,
  };
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
}

/** A port that others may follow: below those that a system gives to whoever asks for any, as other tests do meanwhile. */
export function portToAskFor(): number {
  return 20_000 + Math.floor(Math.random() * 10_000);
}
