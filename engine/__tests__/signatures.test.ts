import { request as httpRequest } from "node:http";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, describe, expect, test } from "vitest";
import { AccessKeys } from "../http/credentials.ts";
import { errorName, REGION, sharedServices } from "./endpoint-support.ts";

const keys = new AccessKeys();
const ours = keys.issue("api-upload");
/** The origin of a page that may ask. */
const PAGE = "https://photos.example";
const bytes = Buffer.from("0123456789");

const services = await sharedServices({ keys, origins: [PAGE] });
services.s3.createBucket("photos");
const signer = new S3Client({
  region: REGION,
  endpoint: services.endpoint,
  credentials: ours,
  maxAttempts: 1,
  // Otherwise the SDK puts the checksum of an empty body into the address, and S3 takes no other body.
  requestChecksumCalculation: "WHEN_REQUIRED",
});
await services.client.send(new PutObjectCommand({ Bucket: "photos", Key: "a b/ü'(1)+.jpg", Body: bytes }));
afterAll(() => signer.destroy());

const putUrl = (options: Parameters<typeof getSignedUrl>[2] = {}) =>
  getSignedUrl(
    signer,
    new PutObjectCommand({ Bucket: "photos", Key: "new.jpg", ContentType: "image/jpeg", ContentLength: 10 }),
    { signableHeaders: new Set(["content-type", "content-length"]), ...options },
  );
const put = (url: string, body: Buffer | string = bytes, headers: Record<string, string> = {}) =>
  answerOf(fetch(url, { method: "PUT", body, headers: { "content-type": "image/jpeg", ...headers } }));
const getUrl = (options: Parameters<typeof getSignedUrl>[2] = {}, client = signer) =>
  getSignedUrl(client, new GetObjectCommand({ Bucket: "photos", Key: "a b/ü'(1)+.jpg" }), options);

async function answerOf(asked: Promise<Response>) {
  const response = await asked;
  const text = await response.text();
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  return { status: response.status, code, text, headers: response.headers };
}

const MISMATCH = { status: 403, code: "SignatureDoesNotMatch" };

describe("a presigned address", () => {
  test("serves whoever has it, whatever is in the key", async () => {
    expect(await answerOf(fetch(await getUrl()))).toMatchObject({ status: 200, text: "0123456789" });
  });

  test("can say how the answer is presented, and only as it was signed", async () => {
    const disposition = 'attachment; filename="x y.jpg"';
    const command = new GetObjectCommand({
      Bucket: "photos",
      Key: "a b/ü'(1)+.jpg",
      ResponseContentDisposition: disposition,
    });
    const url = await getSignedUrl(signer, command);
    expect((await fetch(url)).headers.get("content-disposition")).toBe(disposition);
    expect(await answerOf(fetch(url.replace("attachment", "inline")))).toMatchObject(MISMATCH);
  });

  test("takes an upload of the signed size and type", async () => {
    expect((await put(await putUrl())).status).toBe(200);
  });

  test("takes no other size", async () => {
    expect(await put(await putUrl(), "012345678")).toMatchObject(MISMATCH);
    expect(await put(await putUrl(), "01234567890")).toMatchObject(MISMATCH);
  });

  test("takes no body whose size is not announced", async () => {
    const url = new URL(await putUrl());
    const status = await new Promise((resolve, reject) => {
      const headers = { "content-type": "image/jpeg", "transfer-encoding": "chunked" };
      const sending = httpRequest(url, { method: "PUT", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sending.on("error", reject).end(bytes);
    });
    expect(status).toBe(403);
  });

  test("takes no other type", async () => {
    expect(await put(await putUrl(), bytes, { "content-type": "image/png" })).toMatchObject(MISMATCH);
  });

  test("is for one key and one method", async () => {
    const url = await putUrl();
    expect(await put(url.replace("new.jpg", "other.jpg"))).toMatchObject(MISMATCH);
    expect(await answerOf(fetch(url))).toMatchObject(MISMATCH);
  });

  test("cannot be made to say more: another parameter, another header", async () => {
    expect(await answerOf(fetch(`${await getUrl()}&versionId=1`))).toMatchObject(MISMATCH);
    const answer = await put(await putUrl(), bytes, { "x-amz-meta-owner": "me" });
    expect(answer).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(answer.text).toContain("not signed");
  });

  test("is for the host that it was made for", async () => {
    const elsewhere = (await getUrl()).replace("127.0.0.1", "localhost");
    expect(await answerOf(fetch(elsewhere))).toMatchObject(MISMATCH);
    const { port } = services;
    const local = new S3Client({
      region: REGION,
      endpoint: `http://localhost:${port}`,
      credentials: ours,
      forcePathStyle: true,
    });
    expect((await fetch(await getUrl({}, local))).status).toBe(200);
  });

  test("expires", async () => {
    const signingDate = new Date(Date.now() - 61_000);
    const answer = await answerOf(fetch(await getUrl({ expiresIn: 60, signingDate })));
    expect(answer).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(answer.text).toContain("<Message>Request has expired</Message>");
    expect(answer.text).toContain("<X-Amz-Expires>60</X-Amz-Expires>");
    expect((await put(await putUrl({ expiresIn: 60, signingDate }))).status).toBe(403);
    expect((await fetch(await getUrl({ expiresIn: 90, signingDate }))).status).toBe(200);
  });

  test("cannot be given more time", async () => {
    const url = await getUrl({ expiresIn: 60, signingDate: new Date(Date.now() - 61_000) });
    expect(await answerOf(fetch(url.replace("Expires=60", "Expires=600")))).toMatchObject(MISMATCH);
  });

  test("is not valid before its time, or for more than a week", async () => {
    const signingDate = new Date(Date.now() + 3_600_000);
    expect((await fetch(await getUrl({ signingDate }))).status).toBe(403);
    const url = (await getUrl()).replace("Expires=900", "Expires=604801");
    const answer = await answerOf(fetch(url));
    expect(answer).toMatchObject({ status: 400, code: "AuthorizationQueryParametersError" });
  });

  test("without a part of its signature is malformed", async () => {
    for (const part of ["Signature", "Date", "Expires"]) {
      const url = (await getUrl()).replace(new RegExp(`X-Amz-${part}=[^&]*&?`), "");
      const answer = await answerOf(fetch(url));
      expect(answer).toMatchObject({ status: 400, code: "AuthorizationQueryParametersError" });
    }
  });

  test("is answered so that a page of an allowed origin can read the refusal, and may ask first", async () => {
    const origin = PAGE;
    services.s3.setCors("photos", [
      { allowedMethods: ["PUT"], allowedOrigins: [origin], allowedHeaders: ["*"] },
    ]);
    const url = await putUrl();
    const asking = {
      origin,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "content-type",
    };
    expect((await fetch(url, { method: "OPTIONS", headers: asking })).status).toBe(200);
    const refused = await put(url, "too short", { origin });
    expect(refused).toMatchObject(MISMATCH);
    expect(refused.headers.get("access-control-allow-origin")).toBe(origin);
  });

  test("of a key that somebody made up only expires", async () => {
    const credentials = { accessKeyId: "AKIAMADEUP", secretAccessKey: "whatever" };
    const stranger = new S3Client({ region: REGION, endpoint: services.endpoint, credentials });
    expect((await fetch(`${await getUrl({}, stranger)}&versionId=null`)).status).not.toBe(403);
    const signingDate = new Date(Date.now() - 61_000);
    expect((await fetch(await getUrl({ expiresIn: 60, signingDate }, stranger))).status).toBe(403);
  });
});

test.each([
  ["an address", "?AWSAccessKeyId=AKIALOCAL&Signature=c2lnbmF0dXJl&Expires=4102444800", {}],
  ["a header", "", { authorization: "AWS AKIALOCAL:c2lnbmF0dXJl" }],
])(
  "signature version 2 is refused with a sentence, in %s",
  async (_, query, headers: Record<string, string>) => {
    const answer = await answerOf(fetch(`${services.endpoint}/photos/a.jpg${query}`, { headers }));
    expect(answer).toMatchObject({ status: 400, code: "InvalidRequest" });
    expect(answer.text).toContain("Please use AWS4-HMAC-SHA256: ");
    expect(answer.text).toContain("aws configure set default.s3.signature_version s3v4");
    expect(answer.text).toContain("Config(signature_version='s3v4')");
  },
);

describe("a request signed with a key of the engine", () => {
  test("is served, by every service", async () => {
    const settings = { region: REGION, endpoint: services.endpoint, credentials: ours, maxAttempts: 1 };
    expect((await signer.send(new ListBucketsCommand())).Buckets).toHaveLength(1);
    const put = new PutObjectCommand({
      Bucket: "photos",
      Key: "signed.jpg",
      Body: bytes,
      Metadata: { a: "b  c" },
    });
    expect((await signer.send(put)).ETag).toBeDefined();
    expect((await new DynamoDBClient(settings).send(new ListTablesCommand())).TableNames).toEqual([]);
    const { url } = await services.queues.createQueue({ name: "signed" });
    const message = new SendMessageCommand({ QueueUrl: url, MessageBody: "hello" });
    expect((await new SQSClient(settings).send(message)).MessageId).toBeDefined();
  });

  test("is refused when the secret is another", async () => {
    const credentials = { ...ours, secretAccessKey: "guessed" };
    const settings = { region: REGION, endpoint: services.endpoint, credentials, maxAttempts: 1 };
    expect(await errorName(new S3Client(settings).send(new ListBucketsCommand()))).toBe(
      "SignatureDoesNotMatch",
    );
    const listing = new DynamoDBClient(settings).send(new ListTablesCommand());
    expect(await errorName(listing)).toBe("InvalidSignatureException");
  });

  test("is refused for another region", async () => {
    const elsewhere = new S3Client({ region: "us-west-1", endpoint: services.endpoint, credentials: ours });
    const listing = elsewhere.send(new ListBucketsCommand());
    expect(await errorName(listing)).toBe("AuthorizationHeaderMalformed");
  });

  test("is refused when its body was exchanged", async () => {
    const client = new S3Client({
      region: REGION,
      endpoint: services.endpoint,
      credentials: ours,
      requestChecksumCalculation: "WHEN_REQUIRED",
      maxAttempts: 1,
    });
    client.middlewareStack.add(
      (next) => async (args) => {
        const { request } = args as { request: { body?: unknown } };
        request.body = Buffer.from("9876543210");
        return next(args);
      },
      { step: "finalizeRequest", priority: "low", name: "exchange" },
    );
    const put = client.send(new PutObjectCommand({ Bucket: "photos", Key: "x", Body: bytes }));
    expect(await errorName(put)).toBe("XAmzContentSHA256Mismatch");
  });

  test("is the same key again for the same owner, with a secret of this engine", () => {
    expect(keys.issue("api-upload")).toBe(ours);
    expect(new AccessKeys().issue("api-upload").secretAccessKey).not.toBe(ours.secretAccessKey);
  });
});
