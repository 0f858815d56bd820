/** Where images are to be processed again: the engine that is running, or a stack on AWS. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { askEngine } from "../about.ts";
import { CREDENTIALS } from "../client.ts";
import { UsageError } from "../command.ts";

export interface Target {
  bucket: string;
  queueUrl: string;
  /** Undefined where it was not named. */
  tableName: string | undefined;
  s3: S3Client;
  sqs: SQSClient;
  table: DynamoDBDocumentClient;
  close(): void;
}

export interface TargetOptions {
  endpoint: string;
  /** Outputs of a stack on AWS: those of the engine are asked for. */
  queueUrl?: string;
  bucket?: string;
  table?: string;
}

const aboutSchema = z.object({
  region: z.string(),
  outputs: z.object({
    original_bucket_name: z.string(),
    queue_url: z.string(),
    metadata_table_name: z.string(),
  }),
});

/** @throws UsageError when something has to be named besides. */
export async function findTarget({ endpoint, queueUrl, bucket, table }: TargetOptions): Promise<Target> {
  if (queueUrl === undefined) {
    const alone = bucket === undefined ? (table === undefined ? undefined : "--table") : "--bucket";
    if (alone) throw new UsageError(`${alone} is for a stack on AWS: --queue-url has to go with it.`);
    const { region, outputs } = await askEngine(endpoint, aboutSchema);
    return {
      bucket: outputs.original_bucket_name,
      queueUrl: outputs.queue_url,
      tableName: outputs.metadata_table_name,
      ...clients({ endpoint, region, credentials: CREDENTIALS }, { forcePathStyle: true }),
    };
  }
  if (!URL.canParse(queueUrl))
    throw new UsageError(`--queue-url ${queueUrl}: that is no URL. Take the stack's output queue_url.`);
  if (bucket === undefined)
    throw new UsageError("--queue-url needs --bucket as well: the stack's output original_bucket_name.");
  // The caller's own credentials, and whatever else the environment says.
  const region = regionOf(queueUrl);
  const isEmulated = process.env.AWS_ENDPOINT_URL !== undefined;
  const ours = clients(region === undefined ? {} : { region }, { forcePathStyle: isEmulated });
  return { bucket, queueUrl, tableName: table, ...ours };
}

/** The queue is where the bucket and the table are. Undefined for a queue that is not on AWS. */
function regionOf(queueUrl: string): string | undefined {
  return /^sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(new URL(queueUrl).host)?.[1];
}

interface Config {
  endpoint?: string;
  region?: string;
  credentials?: typeof CREDENTIALS;
}

function clients(
  config: Config,
  forS3: { forcePathStyle: boolean },
): Pick<Target, "s3" | "sqs" | "table" | "close"> {
  const s3 = new S3Client({ ...config, ...forS3 });
  const sqs = new SQSClient(config);
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  return {
    s3,
    sqs,
    table,
    close: () => {
      for (const client of [s3, sqs, table]) client.destroy();
    },
  };
}
