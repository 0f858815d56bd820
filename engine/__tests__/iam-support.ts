/** Functions that have nothing to do but to be somebody: calls are made in their name. */
import { Sha256 } from "@aws-sdk/checksums/sha";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RekognitionClient } from "@aws-sdk/client-rekognition";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { CREDENTIALS } from "./endpoint-support.ts";
import { REGION, type RunningEngine } from "./engine-support.ts";

/** Tells the keys that it was given. */
export const IDENTITY = "export const handler = () => process.env;";

export async function credentialsOf(engine: Pick<RunningEngine, "invoke">, name: string) {
  const { payload } = await engine.invoke(name, {});
  return {
    accessKeyId: payload.AWS_ACCESS_KEY_ID,
    secretAccessKey: payload.AWS_SECRET_ACCESS_KEY,
    sessionToken: payload.AWS_SESSION_TOKEN,
  };
}

/** Clients that call in the function's name. */
export async function clientsOf(engine: RunningEngine, name: string) {
  return clientsWith(engine, await credentialsOf(engine, name));
}

/** Clients of the account's administrator. */
export function adminClients(engine: Pick<RunningEngine, "endpoint">) {
  return clientsWith(engine, CREDENTIALS);
}

export function clientsWith(
  engine: Pick<RunningEngine, "endpoint">,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  { userAgentAppId }: { userAgentAppId?: string } = {},
) {
  const config = {
    region: REGION,
    endpoint: engine.endpoint,
    credentials,
    maxAttempts: 1,
    ...(userAgentAppId !== undefined && { userAgentAppId }),
  };
  return {
    s3: new S3Client(config),
    dynamodb: new DynamoDBClient(config),
    sqs: new SQSClient(config),
    sns: new SNSClient(config),
    states: new SFNClient(config),
    lambda: new LambdaClient(config),
    sts: new STSClient(config),
    kms: new KMSClient(config),
    events: new EventBridgeClient(config),
    rekognition: new RekognitionClient(config),
  };
}

export const allow = (Action: string | string[], Resource: string) => ({ Effect: "Allow", Action, Resource });

export const deny = (Action: string, Resource: string) => ({ ...allow(Action, Resource), Effect: "Deny" });

/** What the promise fails with, as the SDK has it: the name, the message, the status. */
export async function refusalOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) return undefined;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return { name: error.name, message: error.message, status: $metadata?.httpStatusCode };
}

/** A form, sent to a service that there is no client for here. */
export async function callSigned(
  { endpoint }: Pick<RunningEngine, "endpoint">,
  credentials: Awaited<ReturnType<typeof credentialsOf>>,
  service: string,
  form: string,
) {
  const signer = new SignatureV4({ service, region: REGION, credentials, sha256: Sha256 });
  const { hostname, host } = new URL(endpoint);
  const { headers } = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname,
    path: "/",
    headers: { host, "content-type": "application/x-www-form-urlencoded" },
    body: form,
  });
  const response = await fetch(endpoint, { method: "POST", headers, body: form });
  return { status: response.status, text: await response.text() };
}
