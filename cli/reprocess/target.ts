/** Where images are to be processed again: the engine that is running, or a stack on AWS. */
import { askEngine, type Clients, clientsWith, connect, PATIENTLY } from "../client.ts";
import { UsageError } from "../command.ts";

export interface Target extends Clients {
  bucket: string;
  queueUrl: string;
  /** Undefined where it was not named. */
  tableName: string | undefined;
}

export interface TargetOptions {
  endpoint: string;
  /** Outputs of a stack on AWS: those of the engine are asked for. */
  queueUrl?: string;
  bucket?: string;
  table?: string;
}

/** @throws UsageError when something has to be named besides. */
export async function findTarget({ endpoint, queueUrl, bucket, table }: TargetOptions): Promise<Target> {
  if (queueUrl === undefined) {
    const alone = bucket === undefined ? (table === undefined ? undefined : "--table") : "--bucket";
    if (alone) throw new UsageError(`${alone} is for a stack on AWS: --queue-url has to go with it.`);
    const { region, outputs } = await askEngine(endpoint);
    const { original_bucket_name, queue_url, metadata_table_name: tableName } = outputs;
    const clients = connect({ endpoint, region }, PATIENTLY);
    return { bucket: original_bucket_name, queueUrl: queue_url, tableName, ...clients };
  }
  const host = URL.parse(queueUrl)?.host;
  if (host === undefined)
    throw new UsageError(`--queue-url ${queueUrl}: that is no URL. Take the stack's output queue_url.`);
  if (bucket === undefined)
    throw new UsageError("--queue-url needs --bucket as well: the stack's output original_bucket_name.");
  // The bucket and the table are where the queue is. The rest is the caller's own: credentials, endpoints.
  const region = /^sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(host)?.[1];
  const forcePathStyle = process.env.AWS_ENDPOINT_URL !== undefined;
  const clients = clientsWith({ ...PATIENTLY, ...(region !== undefined && { region }) }, { forcePathStyle });
  return { bucket, queueUrl, tableName: table, ...clients };
}
