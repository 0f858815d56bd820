import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { beforeEach, expect, test } from "vitest";
import { CREDENTIALS, REGION } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

let queueArn = "";
let made = 0;

const { client, s3, queues, put } = await startS3();
beforeEach(async () => {
  made += 1;
  ({ arn: queueArn } = await queues.createQueue({ name: `events-${made}` }));
});

interface EventRecord {
  eventName: string;
  s3: { object: { key: string; size?: number; eTag?: string; versionId?: string; sequencer: string } };
}

/** The next messages of the queue, as sent. */
async function messages(count: number) {
  const found: { Records?: EventRecord[]; Event?: string }[] = [];
  while (found.length < count) {
    const { signal } = new AbortController();
    const received = await queues.receive(queueArn, { max: 10, signal });
    for (const { body, receiptHandle } of received) {
      found.push(JSON.parse(body));
      await queues.delete(queueArn, receiptHandle);
    }
  }
  return found;
}

async function records(count: number): Promise<EventRecord[]> {
  return (await messages(count)).flatMap(({ Records }) => Records ?? []);
}

async function listen(settings: { events?: string[]; prefix?: string; suffix?: string } = {}) {
  const { events = ["s3:ObjectCreated:*"], ...filter } = settings;
  await s3.setNotification(Bucket, [{ queueArn, events, ...filter }]);
  expect(await messages(1)).toMatchObject([{ Service: "Amazon S3", Event: "s3:TestEvent", Bucket }]);
}

test("an upload is told to the queue in S3's own words", async () => {
  s3.keepVersions(Bucket);
  await listen();
  const { VersionId, ETag } = await put("a/holiday photo.jpg", { Body: "pixels" });
  const [message] = await messages(1);
  expect(message).toEqual({
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: REGION,
        eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        eventName: "ObjectCreated:Put",
        userIdentity: { principalId: `AWS:${CREDENTIALS.accessKeyId}` },
        requestParameters: { sourceIPAddress: "127.0.0.1" },
        responseElements: { "x-amz-request-id": expect.any(String), "x-amz-id-2": expect.any(String) },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId: expect.any(String),
          bucket: { name: Bucket, ownerIdentity: { principalId: "LOCAL" }, arn: `arn:aws:s3:::${Bucket}` },
          object: {
            key: "a/holiday+photo.jpg",
            size: 6,
            eTag: ETag?.replaceAll('"', ""),
            versionId: VersionId,
            sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
          },
        },
      },
    ],
  });
});

test.each([
  ["a+b.jpg", "a%2Bb.jpg"],
  ["a%2Fb.jpg", "a%252Fb.jpg"],
  ["Zürich (1)!.jpg", "Z%C3%BCrich+%281%29%21.jpg"],
])("the key %s is encoded as in a form: %s", async (key, encoded) => {
  await listen();
  await put(key);
  const [record] = await records(1);
  expect(record?.s3.object.key).toBe(encoded);
  expect(decodeURIComponent((record?.s3.object.key ?? "").replaceAll("+", " "))).toBe(key);
});

test("without versioning there is no version id", async () => {
  await listen();
  await put("a.jpg");
  expect((await records(1))[0]?.s3.object).not.toHaveProperty("versionId");
});

test("a later event of a key has a greater sequencer", async () => {
  await listen();
  for (const Body of ["one", "two", "three"]) await put("a.jpg", { Body });
  const sequencers = (await records(3)).map(({ s3 }) => s3.object.sequencer);
  expect(sequencers).toEqual(sequencers.toSorted());
  expect(new Set(sequencers).size).toBe(3);
});

test("no two events have the same sequencer, however close they are", async () => {
  await listen();
  await Promise.all(Array.from({ length: 40 }, (_, number) => put(`${number}.jpg`)));
  const sequencers = (await records(40)).map(({ s3 }) => s3.object.sequencer);
  expect(new Set(sequencers).size).toBe(40);
});

test("every way in is told by its name", async () => {
  await listen();
  await put("a.jpg");
  await client.send(new CopyObjectCommand({ Bucket, Key: "b.jpg", CopySource: `${Bucket}/a.jpg` }));
  const Key = "c.jpg";
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: "part" };
  const uploaded = await client.send(new UploadPartCommand(part));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ...uploaded }] };
  const complete = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload });
  await client.send(complete);
  await client.send(complete);
  const told = (await records(3)).map(({ eventName, s3 }) => [s3.object.key, eventName]);
  expect(told.toSorted()).toEqual([
    ["a.jpg", "ObjectCreated:Put"],
    ["b.jpg", "ObjectCreated:Copy"],
    ["c.jpg", "ObjectCreated:CompleteMultipartUpload"],
  ]);
});

test("only what matches the filter and the events is told", async () => {
  await listen({ prefix: "in/", suffix: ".jpg" });
  await put("in/a.png");
  await put("out/a.jpg");
  await put("in/a.jpg");
  await client.send(new DeleteObjectCommand({ Bucket, Key: "in/a.jpg" }));
  await put("in/last.jpg");
  const told = (await records(2)).map(({ s3 }) => s3.object.key);
  expect(told.toSorted()).toEqual(["in/a.jpg", "in/last.jpg"]);
});

test("deletions are told to those who ask", async () => {
  s3.keepVersions(Bucket);
  await listen({ events: ["s3:ObjectRemoved:*"] });
  await put("a.jpg");
  const { VersionId } = await client.send(new DeleteObjectCommand({ Bucket, Key: "a.jpg" }));
  const [record] = await records(1);
  expect(record).toMatchObject({
    eventName: "ObjectRemoved:DeleteMarkerCreated",
    s3: { object: { key: "a.jpg", versionId: VersionId } },
  });
});

test("a write that is refused is not told", async () => {
  await listen();
  await put("a.jpg");
  await put("a.jpg", { Body: "again", IfNoneMatch: "*" }).catch(() => undefined);
  await put("last.jpg");
  const told = (await records(2)).map(({ s3 }) => s3.object.key);
  expect(told.toSorted()).toEqual(["a.jpg", "last.jpg"]);
});
