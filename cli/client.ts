/** SDK clients for an engine on this machine, for the commands that use it from the outside as anyone would. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { UsageError } from "./command.ts";
import { quoted } from "./text.ts";

export interface Clients {
  s3: S3Client;
  sqs: SQSClient;
  table: DynamoDBDocumentClient;
  states: SFNClient;
  close(): void;
}

/** Any credentials are good here. */
export const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

/** For commands: nobody is there to give them again, and services refuse for a while, or are started again. */
export const PATIENTLY = { maxAttempts: 10 };

/** For the engine that is at an endpoint. */
export function connect(
  { endpoint, region }: { endpoint: string; region: string },
  patience: Partial<typeof PATIENTLY> = {},
): Clients {
  const config = { endpoint, region, credentials: CREDENTIALS, ...patience };
  return clientsWith(config, { forcePathStyle: true });
}

interface Config {
  maxAttempts?: number;
  endpoint?: string;
  region?: string;
  credentials?: typeof CREDENTIALS;
}

/** What is not in the configuration, the environment says. */
export function clientsWith({ maxAttempts, ...where }: Config, forS3: { forcePathStyle: boolean }): Clients {
  let isClosed = false;
  // Whoever closes them does not wait for what is tried again.
  const tries = maxAttempts !== undefined && { maxAttempts: async () => (isClosed ? 1 : maxAttempts) };
  const config = { ...where, ...tries };
  const s3 = new S3Client({ ...config, ...forS3 });
  const sqs = new SQSClient(config);
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  const states = new SFNClient(config);
  const close = () => {
    isClosed = true;
    for (const client of [s3, sqs, table, states]) client.destroy();
  };
  return { s3, sqs, table, states, close };
}

/** Of the AWS endpoint, as of other emulators. */
export const DEFAULT_PORT = 4566;

/** Where the engine is unless a command is told. */
export const usualEndpoint = process.env.AWS_ENDPOINT_URL || `http://127.0.0.1:${DEFAULT_PORT}`;

/** What another command has to be told, to find the same engine. */
export function endpointOption(endpoint: string): string {
  return endpoint === usualEndpoint ? "" : `--endpoint ${quoted(endpoint)} `;
}

const aboutSchema = z.object({
  region: z.string(),
  /** Empty where the stack has none. */
  apiUrl: z.string().default(""),
  outputs: z.object({
    original_bucket_name: z.string(),
    processed_bucket_name: z.string(),
    metadata_table_name: z.string(),
    presets_table_name: z.string().optional(),
    usage_table_name: z.string().optional(),
    queue_url: z.string(),
  }),
});
/** What the engine tells of itself. */
export type About = z.infer<typeof aboutSchema>;

/** @throws with what to do when no engine is there, or something else is. */
export async function askEngine(endpoint: string): Promise<About> {
  const nobody = `No engine runs at ${endpoint}. Start one in another terminal with npm start, or name it with --endpoint.`;
  const page = URL.parse("/_engine/outputs", endpoint);
  if (!page) throw new UsageError(`--endpoint ${endpoint}: that is not a URL such as http://127.0.0.1:4566.`);
  const response = await fetch(page).catch(() => undefined);
  if (!response) throw new Error(nobody);
  const { data } = aboutSchema.safeParse(await response.json().catch(() => undefined));
  if (!data) throw new Error(`What answers at ${endpoint} is not this pipeline's engine. ${nobody}`);
  return data;
}
