/** A door with every in-memory service behind it, for tests: loopback only, any free port. */
import { S3Client } from "@aws-sdk/client-s3";
import { Faults } from "../faults.ts";
import type { AccessKeys } from "../http/credentials.ts";
import { type DoorService, startDoor } from "../http/endpoint.ts";
import { createTables } from "../services/dynamodb/index.ts";
import { createS3 } from "../services/s3/index.ts";
import { createQueues } from "../services/sqs-sns/index.ts";
import { createSts } from "../services/sts/index.ts";

export const REGION = "eu-central-1";
export const ACCOUNT_ID = "000000000000";
export const CREDENTIALS = { accessKeyId: "AKIALOCAL", secretAccessKey: "local" };

export async function startServices({ pages, keys }: { pages?: DoorService; keys?: AccessKeys } = {}) {
  let endpoint = "";
  const faults = new Faults();
  const queues = await createQueues({ region: REGION, endpoint: () => endpoint });
  const s3 = createS3({ region: REGION, sendToQueue: queues.send, mayNotify: () => true });
  const tables = createTables({ region: REGION });
  const services = {
    s3: s3.service,
    sqs: queues.sqs,
    sns: queues.sns,
    dynamodb: tables.service,
    sts: createSts({ accountId: ACCOUNT_ID }),
  };
  const options = {
    host: "127.0.0.1",
    port: 0,
    region: REGION,
    accountId: ACCOUNT_ID,
    faults,
    services,
    ...(pages && { pages }),
    ...(keys && { keys }),
  };
  const door = await startDoor(options);
  endpoint = door.endpoint;
  const client = new S3Client({ region: REGION, endpoint, credentials: CREDENTIALS, maxAttempts: 1 });
  const stop = async () => {
    client.destroy();
    await door.stop();
    await queues.stop();
    await tables.stop();
  };
  return { door, faults, queues, s3, tables, client, endpoint, stop };
}

/** The header that says which service a request is for; the signature itself is not looked at. */
export function signedFor(service: string): Record<string, string> {
  const scope = `${CREDENTIALS.accessKeyId}/20260101/${REGION}/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
}

/** One operation of a service that speaks AWS JSON. */
export async function callJson(endpoint: string, service: string, target: string, input: object) {
  const headers = {
    ...signedFor(service),
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": target,
  };
  const response = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(input) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The name of the error that the promise fails with, as the SDK reports it. */
export async function errorName(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.name : String(error);
}
