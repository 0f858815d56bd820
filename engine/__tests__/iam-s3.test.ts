import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { describe, expect, test } from "vitest";
import { ACCOUNT, policyOf, sharedEngine } from "./engine-support.ts";
import { adminClients, allow, clientsOf, deny, IDENTITY, refusalOf } from "./iam-support.ts";

const OBJECTS = "arn:aws:s3:::photos/*";

const engine = await sharedEngine({
  functions: {
    nobody: { code: IDENTITY, allowed: [allow("logs:*", "*")] },
    reader: { code: IDENTITY, allowed: [allow("s3:GetObject", OBJECTS)] },
    lister: {
      code: IDENTITY,
      allowed: [allow("s3:GetObject", OBJECTS), allow("s3:ListBucket", "arn:aws:s3:::photos")],
    },
    writer: {
      code: IDENTITY,
      allowed: [allow(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::photos/a/*")],
    },
  },
  resource: {
    aws_s3_bucket: { photos: { bucket: "photos" } },
    aws_s3_bucket_versioning: {
      photos: { bucket: "${aws_s3_bucket.photos.id}", versioning_configuration: { status: "Enabled" } },
    },
    aws_s3_bucket_policy: {
      photos: {
        bucket: "${aws_s3_bucket.photos.id}",
        policy: policyOf({
          ...deny("s3:PutObject", OBJECTS),
          Principal: "*",
          Condition: {
            StringNotEquals: { "s3:x-amz-server-side-encryption": "AES256" },
            Null: { "s3:x-amz-server-side-encryption": "false" },
          },
        }),
      },
    },
    aws_s3_bucket_cors_configuration: {
      photos: {
        bucket: "${aws_s3_bucket.photos.id}",
        cors_rule: [{ allowed_methods: ["PUT"], allowed_origins: ["http://a.localhost"] }],
      },
    },
  },
});
const nobody = await clientsOf(engine, "nobody");
const reader = await clientsOf(engine, "reader");
const lister = await clientsOf(engine, "lister");
const writer = await clientsOf(engine, "writer");
const admin = adminClients(engine);
for (const Key of ["a/1.jpg", "b/1.jpg"])
  await admin.s3.send(new PutObjectCommand({ Bucket: "photos", Key, Body: "x" }));

const Bucket = "photos";
const Key = "a/1.jpg";
const object = { Bucket, Key };
const upload = { ...object, UploadId: "u" };
const FILE = "arn:aws:s3:::photos/a/1.jpg";
const BUCKET = "arn:aws:s3:::photos";
/** The client takes each of the commands, which TypeScript only knows of each by itself. */
const send = (client: S3Client, command: object) => client.send(command as GetObjectCommand);

test("a policy may ask which encryption an object is to have", async () => {
  const put = (ServerSideEncryption?: "AES256" | "aws:kms") =>
    refusalOf(
      writer.s3.send(
        new PutObjectCommand({ Bucket: "photos", Key: "a/2.jpg", Body: "x", ServerSideEncryption }),
      ),
    );
  expect(await put("aws:kms")).toMatchObject({ name: "AccessDenied" });
  expect(await put("AES256")).toBeUndefined();
  expect(await put()).toBeUndefined();
});

describe("S3 asks for", () => {
  const calls: [object, action: string, resource: string][] = [
    [new GetObjectCommand(object), "s3:GetObject", FILE],
    [new GetObjectCommand({ ...object, VersionId: "v" }), "s3:GetObjectVersion", FILE],
    [new PutObjectCommand({ ...object, Body: "x" }), "s3:PutObject", FILE],
    [new DeleteObjectCommand(object), "s3:DeleteObject", FILE],
    [new DeleteObjectCommand({ ...object, VersionId: "v" }), "s3:DeleteObjectVersion", FILE],
    [new CopyObjectCommand({ ...object, CopySource: "photos/b/1.jpg" }), "s3:PutObject", FILE],
    [new CreateMultipartUploadCommand(object), "s3:PutObject", FILE],
    [new ListPartsCommand({ ...object, UploadId: "none" }), "s3:ListMultipartUploadParts", FILE],
    [new UploadPartCommand({ ...upload, PartNumber: 1, Body: "x" }), "s3:PutObject", FILE],
    [new CompleteMultipartUploadCommand(upload), "s3:PutObject", FILE],
    [new AbortMultipartUploadCommand(upload), "s3:AbortMultipartUpload", FILE],
    [new ListObjectsV2Command({ Bucket }), "s3:ListBucket", BUCKET],
    [new ListObjectVersionsCommand({ Bucket }), "s3:ListBucketVersions", BUCKET],
    [new GetBucketVersioningCommand({ Bucket }), "s3:GetBucketVersioning", BUCKET],
    [new GetObjectTaggingCommand(object), "s3:GetObjectTagging", FILE],
    [new CreateBucketCommand({ Bucket: "more" }), "s3:CreateBucket", "arn:aws:s3:::more"],
  ];
  test.each(calls.map((call) => [call[0].constructor.name, ...call] as const))(
    "%s",
    async (_, command, action, resource) => {
      expect(await refusalOf(send(nobody.s3, command))).toEqual({
        name: "AccessDenied",
        status: 403,
        message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/nobody-role/nobody is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
      });
    },
  );

  const copied = (CopySource: string) => new CopyObjectCommand({ ...object, CopySource });
  const written = (over: object) => new PutObjectCommand({ ...object, Body: "x", ...over });
  test.each([
    ["what is copied", copied("photos/b/1.jpg"), "s3:GetObject on resource: arn:aws:s3:::photos/b/1.jpg"],
    ["its version", copied("photos/b%2F1.jpg?versionId=v"), "s3:GetObjectVersion on resource"],
    ["what is written over", written({ IfMatch: "e" }), `s3:GetObject on resource: ${FILE}`],
    [
      "what is deleted",
      new DeleteObjectCommand({ ...object, IfMatch: "e" }),
      `s3:GetObject on resource: ${FILE}`,
    ],
    ["tags", written({ Tagging: "a=b" }), `s3:PutObjectTagging on resource: ${FILE}`],
    ["an ACL", written({ ACL: "private" }), `s3:PutObjectAcl on resource: ${FILE}`],
  ])("%s besides", async (_, command, message) => {
    expect((await refusalOf(send(writer.s3, command)))?.message).toContain(message);
  });

  test("all buckets, which are no resource", async () => {
    const refusal = await refusalOf(nobody.s3.send(new ListBucketsCommand({})));
    expect(refusal?.message).toContain("s3:ListAllMyBuckets because");
  });

  test("HEAD, which can only say that it is forbidden", async () => {
    expect(await refusalOf(nobody.s3.send(new HeadObjectCommand(object)))).toMatchObject({ status: 403 });
    expect(await reader.s3.send(new HeadObjectCommand(object))).toMatchObject({ ContentLength: 1 });
  });

  test("each of several keys, and answers for each", async () => {
    const Objects = [
      { Key: "a/2.jpg" },
      { Key: "b/2.jpg" },
      { Key: "a/1.jpg", VersionId: "v" },
      { Key: "a/1.jpg", ETag: "e" },
    ];
    const { Deleted, Errors } = await writer.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted?.map((one) => one.Key)).toEqual(["a/2.jpg"]);
    expect(Errors).toMatchObject([
      { Key: "b/2.jpg", Code: "AccessDenied", Message: expect.stringContaining("s3:DeleteObject on") },
      { Key: "a/1.jpg", Code: "AccessDenied", Message: expect.stringContaining("s3:DeleteObjectVersion on") },
      { Key: "a/1.jpg", Code: "AccessDenied", Message: expect.stringContaining("s3:GetObject on") },
    ]);
  });
});

test("a presigned address may do what its signer may", async () => {
  const get = async ({ s3 }: typeof nobody) => fetch(await getSignedUrl(s3, new GetObjectCommand(object)));
  expect((await get(reader)).status).toBe(200);
  const refused = await get(nobody);
  expect(refused.status).toBe(403);
  expect(await refused.text()).toMatch(/<Code>AccessDenied<\/Code><Message>User: .*s3:GetObject on/);
});

test("a page may ask whether it may use a presigned address: that is asked for nobody", async () => {
  const url = await getSignedUrl(writer.s3, new PutObjectCommand(object));
  const ask = (origin: string) =>
    fetch(url, { method: "OPTIONS", headers: { origin, "access-control-request-method": "PUT" } });
  expect((await ask("http://a.localhost")).status).toBe(200);
  const refused = await ask("http://b.localhost");
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("CORSResponse")]);
});

test("that there is no such key is told only to those who may list the bucket", async () => {
  const gone = { Bucket, Key: "a/gone.jpg" };
  expect(await refusalOf(lister.s3.send(new GetObjectCommand(gone)))).toMatchObject({
    name: "NoSuchKey",
    status: 404,
  });
  expect(await refusalOf(lister.s3.send(new HeadObjectCommand(gone)))).toMatchObject({ status: 404 });
  expect(await refusalOf(reader.s3.send(new GetObjectCommand(gone)))).toMatchObject({
    name: "AccessDenied",
    message: expect.stringContaining(`s3:ListBucket on resource: ${BUCKET}`),
  });
  expect(await refusalOf(reader.s3.send(new HeadObjectCommand(gone)))).toMatchObject({ status: 403 });
});

test("a grant that is withheld is missing until it is given back", async () => {
  const grant = { role: "reader-role", action: "s3:GetObject", resource: OBJECTS };
  expect(engine.permissions.grants()).toContainEqual(grant);
  const get = () => refusalOf(reader.s3.send(new GetObjectCommand(object)));
  const giveBack = engine.permissions.withhold({ role: "reader-role", action: "s3:GetObject" });
  expect(await get()).toMatchObject({ name: "AccessDenied" });
  const again = engine.permissions.withhold(grant);
  giveBack();
  giveBack();
  expect(await get()).toMatchObject({ name: "AccessDenied" });
  again();
  expect(await get()).toBeUndefined();
  expect(() => engine.permissions.withhold({ role: "reader-role", action: "s3:PutObject" })).toThrow(
    /is not granted s3:PutObject/,
  );
});
