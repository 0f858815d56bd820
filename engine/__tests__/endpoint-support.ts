/** The endpoint with S3, SQS, SNS, DynamoDB and STS behind it, for tests: loopback only, any free port. */
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll } from "vitest";
import type { CallEvent } from "../events.ts";
import { Faults } from "../faults.ts";
import type { Answer, Call } from "../http/call.ts";
import { AccessKeys } from "../http/credentials.ts";
import { startEndpoint } from "../http/endpoint.ts";
import type { ServiceApi } from "../http/service.ts";
import { Permissions } from "../iam/index.ts";
import { makeOwnFolder } from "../own-folder.ts";
import { createDynamodb } from "../services/dynamodb/index.ts";
import { createS3 } from "../services/s3/index.ts";
import { createSqsSns } from "../services/sqs-sns/index.ts";
import { createSts } from "../services/sts/index.ts";
import { temporaryStorage } from "../storage.ts";

export const REGION = "eu-central-1";
export const ACCOUNT_ID = "000000000000";
export const CREDENTIALS = { accessKeyId: "AKIALOCAL", secretAccessKey: "local" };

export interface EndpointFixture {
  port?: number;
  keys?: AccessKeys;
  faults?: Faults;
  services?: ServiceApi[];
  about?: (call: Call) => Promise<Answer>;
  /** Origins of pages elsewhere that may ask. */
  origins?: string[];
  onCall?: (call: CallEvent) => void;
}

/** An endpoint in front of the services given. */
export function startTestEndpoint({
  port = 0,
  keys = new AccessKeys(),
  faults = new Faults(),
  services = [],
  about = async () => ({ status: 404 }),
  origins,
  onCall = () => undefined,
}: EndpointFixture) {
  return startEndpoint({
    host: "127.0.0.1",
    port,
    region: REGION,
    keys,
    faults,
    services,
    callerOf: () => undefined,
    origins: new Set(origins),
    about,
    onCall,
  });
}

/** For all tests of a file, which calls this outside of them. */
export async function sharedServices(fixture: EndpointFixture = {}) {
  const services = await startServices(fixture);
  afterAll(services.stop);
  return services;
}

export async function startServices(fixture: EndpointFixture = {}) {
  let endpoint = "";
  const faults = new Faults();
  const account = { region: REGION, accountId: ACCOUNT_ID };
  const folder = await makeOwnFolder();
  const storage = temporaryStorage(folder.path);
  const context = { ...account, storage, endpoint: () => endpoint };
  const sqsSns = await createSqsSns(context);
  const s3 = createS3(context, { sendToQueue: sqsSns.queues.send, mayNotify: () => true });
  const { keys = new AccessKeys() } = fixture;
  const sts = createSts({ ...account, keys, permissions: new Permissions(account) });
  const dynamodb = createDynamodb({ ...account, storage });
  const services = [s3, sqsSns, dynamodb, sts].flatMap(({ apis }) => apis);
  const server = await startTestEndpoint({ faults, services, ...fixture, keys });
  endpoint = server.url;
  const client = new S3Client({ region: REGION, endpoint, credentials: CREDENTIALS, maxAttempts: 1 });
  const stop = async () => {
    client.destroy();
    await server.close();
    await sqsSns.stop();
    await folder.remove();
  };
  const queues = { ...sqsSns.queues, ...sqsSns.topics };
  return { port: server.port, faults, queues, s3: s3.buckets, client, endpoint, folder: folder.path, stop };
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
